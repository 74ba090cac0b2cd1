import { join } from 'node:path';
import { type App, loadTemplate } from 'sam-offline';
import { root } from '../../../testbed/template';

let app: App | undefined;

/** Loads the template once per process. */
export function loadApp(): App {
  app ??= loadTemplate({ file: join(root, 'template.yaml') });
  return app;
}
