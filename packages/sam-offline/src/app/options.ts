import type { App } from '../app-model/app';
import type { JsonObject } from '../core/service';
import type { LambdaService } from '../lambda';
import type { Records } from '../records';
import type { ServedFolders } from '../website/served-folders';
import type { Conditions } from './conditions';

/** The options for creating the services of a runtime. */
export interface AppServicesOptions extends Conditions {
  readonly app: App;
  readonly lambda: LambdaService;
  readonly records: Records;
  readonly port: () => number;
  readonly ready: () => boolean;
  readonly dataDirectory?: string;
  readonly served?: ServedFolders;
  /** Called with each published event and the name of its event bus. */
  readonly onEvent?: (event: JsonObject, busName: string) => void;
  readonly onNotice?: (notice: object) => void;
  readonly onProgress?: (line: string) => void;
}
