import type { TableModel } from '../dynamodb/model';
import type { EventSourceMappingModel } from '../event-sources/model';
import type { EventBusModel, RuleModel } from '../events/model';
import type { FunctionUrlModel } from '../function-urls/model';
import type { HttpApiModel } from '../http-api/model';
import type { FunctionModel } from '../lambda/model';
import type { RestApiModel } from '../rest-api/model';
import type { ScheduleModel } from '../scheduler/model';
import type { SecretModel } from '../secrets/model';
import type { QueueModel } from '../sqs/model';
import type { SsmParameterModel } from '../ssm/model';
import type { StateMachineModel } from '../states/model';
import type { SupportReport } from '../template/support';
import type { WebsiteModel } from '../website/model';
import type { WebSocketApiModel } from '../websocket-api/model';

/**
 * An application: the resources of a template after parameters and intrinsic functions are resolved. `load-template.ts` creates
 * the application, and the services read it.
 */
export interface App {
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  /** The absolute path of the template's folder. Paths in the template are relative to this folder. */
  readonly root: string;
  readonly functions: readonly FunctionModel[];
  readonly webSocketApis: readonly WebSocketApiModel[];
  readonly httpApis: readonly HttpApiModel[];
  readonly restApis: readonly RestApiModel[];
  readonly functionUrls: readonly FunctionUrlModel[];
  readonly tables: readonly TableModel[];
  readonly eventBuses: readonly EventBusModel[];
  readonly rules: readonly RuleModel[];
  readonly schedules: readonly ScheduleModel[];
  readonly queues: readonly QueueModel[];
  readonly eventSourceMappings: readonly EventSourceMappingModel[];
  readonly stateMachines: readonly StateMachineModel[];
  readonly secrets: readonly SecretModel[];
  readonly ssmParameters: readonly SsmParameterModel[];
  /** An application has at most one website, because it is served at the root. */
  readonly website?: WebsiteModel;
  readonly outputs: readonly OutputModel[];
  readonly support: SupportReport;
}

export interface OutputModel {
  readonly key: string;
  readonly description?: string;
  readonly value: string;
}
