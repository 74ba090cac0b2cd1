import type { Deployment } from './stack/deployment';

/** The values that determine `Ref` and the attributes of a resource. */
export interface NamedResource {
  readonly logicalId: string;
  /** The physical name. It is set in the template or generated. */
  readonly name: string;
  readonly deployment: Deployment;
  /** Returns the evaluated value of a property. */
  getProperty(key: string): string | undefined;
}

export type Getter = (resource: NamedResource) => string;

/** The return values of `Ref` and `Fn::GetAtt` for a resource type, as documented for the type. */
export interface ResourceType {
  /** The property that sets the physical name. */
  readonly nameProperty?: string;
  /** The maximum length of a name. */
  readonly maxNameLength?: number;
  readonly ref: Getter;
  readonly attributes: Readonly<Record<string, Getter>>;
}

/** A resource type that the runtime accepts but does not emulate. */
export interface InertType extends ResourceType {
  /** The consequence of an inert type, for example `Alarms are not evaluated.` */
  readonly note: string;
}

export const FUNCTION = 'AWS::Serverless::Function';
export const LAMBDA_FUNCTION = 'AWS::Lambda::Function';
/** The SAM and CloudFormation types of functions. */
export const FUNCTIONS = [FUNCTION, LAMBDA_FUNCTION] as const;
export const FUNCTION_URL = 'AWS::Lambda::Url';
export const ALIAS = 'AWS::Lambda::Alias';
export const VERSION = 'AWS::Lambda::Version';
export const STATE_MACHINE = 'AWS::Serverless::StateMachine';
export const STATES_STATE_MACHINE = 'AWS::StepFunctions::StateMachine';
/** The SAM and CloudFormation types of state machines. */
export const STATE_MACHINES = [STATE_MACHINE, STATES_STATE_MACHINE] as const;
export const WEBSOCKET_API = 'AWS::Serverless::WebSocketApi';
export const HTTP_API = 'AWS::Serverless::HttpApi';
/** An internal type for HttpApi events. SAM generates no resources for these events, but adds them to the OpenAPI document. */
export const HTTP_EVENT = 'Local::HttpApi::Event';
export const API = 'AWS::ApiGatewayV2::Api';
export const DEPLOYMENT = 'AWS::ApiGatewayV2::Deployment';
export const ROUTE = 'AWS::ApiGatewayV2::Route';
export const INTEGRATION = 'AWS::ApiGatewayV2::Integration';
export const STAGE = 'AWS::ApiGatewayV2::Stage';
export const REST_API = 'AWS::Serverless::Api';
export const REST_STAGE = 'AWS::ApiGateway::Stage';
export const REST_DEPLOYMENT = 'AWS::ApiGateway::Deployment';
export const TABLE = 'AWS::DynamoDB::Table';
export const SIMPLE_TABLE = 'AWS::Serverless::SimpleTable';
export const EVENT_BUS = 'AWS::Events::EventBus';
export const RULE = 'AWS::Events::Rule';
export const SCHEDULE = 'AWS::Scheduler::Schedule';
export const SCHEDULE_GROUP = 'AWS::Scheduler::ScheduleGroup';
export const EVENT_SOURCE_MAPPING = 'AWS::Lambda::EventSourceMapping';
export const QUEUE = 'AWS::SQS::Queue';
export const SSM_PARAMETER = 'AWS::SSM::Parameter';
export const SECRET = 'AWS::SecretsManager::Secret';
export const PERMISSION = 'AWS::Lambda::Permission';
export const ROLE = 'AWS::IAM::Role';

export const getName: Getter = (resource) => resource.name;

/** Creates a getter for an ARN. The resource part of the ARN consists of the prefix, the resource name and the suffix. */
export function createArnGetter(service: string, prefix: string, suffix = ''): Getter {
  return ({ deployment, name }) => deployment.formatArn(service, `${prefix}${name}${suffix}`);
}

/** Creates a getter for a generated ID. */
export function createIdGetter(length: number): Getter {
  return ({ deployment, logicalId }) => deployment.createId(logicalId, length);
}
