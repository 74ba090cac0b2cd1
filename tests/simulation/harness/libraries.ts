import type * as services from 'sam-offline/testing';
import type { Bundles } from './bundles';
import { Realm, type Sources } from './realm';
import { skipCommandMiddleware } from './sdk-clients';

/** The packages that the functions import and the services of the local runtime. */
export interface Libraries {
  readonly packages: Readonly<Record<string, Record<string, unknown>>>;
  readonly services: typeof services;
}

let sources: Sources;
let libraries: Libraries | undefined;

/**
 * Evaluates the libraries only once per process, because V8 discards optimized code when the code is evaluated again. The
 * libraries have no state that affects a later run. They use the sources from the last call.
 */
export function loadLibraries(
  bundles: Bundles,
  current: Sources,
  env: Readonly<Record<string, string>>,
): Libraries {
  sources = current;
  if (!libraries) {
    const realm = new Realm(() => sources, env);
    libraries = bundles.libraries(realm, realm.require) as unknown as Libraries;
    skipCommandMiddleware(libraries.packages['@aws-sdk/client-dynamodb'] ?? {});
  }
  return libraries;
}
