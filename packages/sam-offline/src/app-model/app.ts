import type { TableModel } from '../dynamodb/model';
import type { EventSourceMappingModel } from '../event-sources/model';
import type { EventBusModel, RuleModel } from '../events/model';
import type { FunctionUrlModel } from '../function-urls/model';
import type { HttpApiModel } from '../http-api/model';
import type { FunctionModel } from '../lambda/model';
import type { ScheduleModel } from '../scheduler/model';
import type { SecretModel } from '../secrets/model';
import type { QueueModel } from '../sqs/model';
import type { SsmParameterModel } from '../ssm/model';
import type { StateMachineModel } from '../states/model';
import type { WebsiteModel } from '../website/model';
import type { WebSocketApiModel } from '../websocket-api/model';

/**
 * An application: the resources of a template with all parameters and intrinsic functions resolved. `template/`
 * creates it; the services read it.
 */
export interface App {
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  /** The template's folder, which the template's paths are relative to. Absolute. */
  readonly root: string;
  readonly functions: readonly FunctionModel[];
  readonly webSocketApis: readonly WebSocketApiModel[];
  readonly httpApis: readonly HttpApiModel[];
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
  /** At most one, because it is served at the root. */
  readonly website?: WebsiteModel;
  readonly outputs: readonly OutputModel[];
  readonly support: SupportReport;
}

/** How the runtime treats a template. */
export interface SupportReport {
  /** The resources of the template, without those that SAM generates. */
  readonly resources: readonly ResourceSupport[];
  readonly findings: readonly Finding[];
}

/**
 * The support of a resource: it works as on AWS (`emulated`), the template can refer to it and nothing else depends on it
 * (`inert`), or the application does not work without it (`unsupported`).
 */
export interface ResourceSupport {
  readonly support: 'emulated' | 'inert' | 'unsupported';
  readonly logicalId: string;
  readonly type: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** What inert means for the type, or the consequence of an unsupported resource. Empty for emulated ones. */
  readonly note: string;
}

/**
 * `unsupported`: a setting that has no effect here. `security`: a protection that has no effect here. `warning`: a likely
 * mistake, which AWS accepts.
 */
export type FindingKind = 'unsupported' | 'security' | 'warning';

/** A difference between the runtime and AWS, at a place in the template. */
export interface Finding {
  readonly kind: FindingKind;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** For example `Resources.ChatApi.Properties.Auth`. */
  readonly path: string;
  readonly message: string;
}

export interface OutputModel {
  readonly key: string;
  readonly description?: string;
  readonly value: string;
}
