import type * as services from 'sam-offline/testing';
import type { Bundles } from './bundles';
import { Realm, type Sources } from './realm';

/** The packages that the functions import, and the services of the local runtime, as one run uses them. */
export interface Libraries {
  readonly packages: Readonly<Record<string, Record<string, unknown>>>;
  readonly services: typeof services;
}

/** Evaluates the libraries for one run, so that no state of an earlier run is left in them. */
export function loadLibraries(
  bundles: Bundles,
  sources: Sources,
  env: Readonly<Record<string, string>>,
): Libraries {
  const realm = new Realm(() => sources, env);
  return bundles.libraries(realm, realm.require) as unknown as Libraries;
}
