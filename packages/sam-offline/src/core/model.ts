import type { PolicyStatement } from '../iam/policy';

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

/** The permissions of a function or a state machine. */
export interface RoleModel {
  /** The statements of its policies. Absent if they cannot be resolved from the template. */
  readonly statements?: readonly PolicyStatement[];
  /** The names of the policies and roles that cannot be resolved. */
  readonly unresolved: readonly string[];
}

export interface FunctionModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** The folder that `handler` is relative to: CodeUri. Absolute. */
  readonly codeUri: string;
  /** `path/file.export`, without an extension. */
  readonly handler: string;
  /** The folders of the layers, in the order of the template. Each is the content of `/opt/nodejs`. Absolute. */
  readonly layers: readonly string[];
  /** Metadata.BuildMethod, for example `esbuild`. Without one, `sam build` changes no code. */
  readonly buildMethod?: string;
  readonly runtime: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly tracing: 'Active' | 'PassThrough';
  readonly role: RoleModel;
  /** ReservedConcurrentExecutions. */
  readonly reservedConcurrency?: number;
  /**
   * EventInvokeConfig: the maximum age of an asynchronous event (60 to 21,600 s, default 21,600), the number of
   * retries (0 to 2, default 2), and the queue for failure records.
   */
  readonly asyncInvoke?: {
    readonly maximumEventAgeSeconds: number;
    readonly maximumRetryAttempts: number;
    readonly onFailureArn?: string;
  };
}

/** A stage of a WebSocket API. */
export interface WebSocketApiModel {
  /** The logical ID of the API. */
  readonly logicalId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** Whether the stage has a deployment. Without one, API Gateway rejects clients. */
  readonly isDeployed: boolean;
  /** For example `$request.body.action`. */
  readonly routeSelectionExpression: string;
  /** Default: `$request.header.x-api-key`. */
  readonly apiKeySelectionExpression?: string;
  /** The API keys of the stage. */
  readonly apiKeys?: readonly ApiKeyModel[];
  readonly routes: readonly RouteModel[];
}

export interface RouteModel {
  /** `$connect`, `$disconnect`, `$default`, or a value of the selection expression. Case-sensitive. */
  readonly routeKey: string;
  readonly integration: IntegrationModel;
  /** Whether the result of the integration is sent to the client: the route has a route response. */
  readonly hasResponse: boolean;
  /** How clients of `$connect` are authorized. Absent if everybody can connect. */
  readonly authorization?: RouteAuthorization;
  /** Whether clients of `$connect` need an API key. */
  readonly requiresApiKey?: boolean;
  readonly validation?: ValidationModel;
  readonly throttle?: ThrottleModel;
}

/** The authorization of a WebSocket route. */
export type RouteAuthorization = { readonly type: 'AWS_IAM' } | LambdaAuthorizerModel;

export type AuthorizerModel = LambdaAuthorizerModel | JwtAuthorizerModel;

export interface LambdaAuthorizerModel {
  readonly type: 'REQUEST';
  /** Unique within the application. */
  readonly id: string;
  readonly functionArn: string;
  /** Why API Gateway may not invoke the function. Absent if it may. */
  readonly denial?: string;
  /** For example `route.request.header.Auth`, or `$request.header.Auth` in HTTP APIs. */
  readonly identitySources: readonly string[];
  /** The format of the event of HTTP APIs. */
  readonly payloadFormat: PayloadFormat;
  /** Whether the authorizer returns `isAuthorized` instead of a policy. Only with the format 2.0. */
  readonly hasSimpleResponses: boolean;
  /** How long HTTP APIs cache a result. 0: not at all. */
  readonly cacheSeconds: number;
}

export interface JwtAuthorizerModel {
  readonly type: 'JWT';
  readonly issuer: string;
  readonly audience: readonly string[];
  /** For example `$request.header.Authorization`. */
  readonly identitySource: string;
}

/** The validation of a route's messages. */
export interface ValidationModel {
  /** ModelSelectionExpression. */
  readonly selection: string;
  /** JSON schemas by the keys of RequestModels. */
  readonly schemas: Readonly<Record<string, unknown>>;
}

/** An API key of a usage plan. */
export interface ApiKeyModel {
  readonly id: string;
  readonly value: string;
}

/** The integration of a route, by its type. */
export type IntegrationModel = LambdaProxyIntegration | MappedIntegration;

export interface LambdaProxyIntegration {
  readonly type: 'AWS_PROXY';
  readonly functionArn: string;
  /** At most 29,000 for WebSocket APIs and 30,000 for HTTP APIs. */
  readonly timeoutMillis: number;
  /** Why API Gateway may not invoke the function. Absent if it may. */
  readonly denial?: string;
  /** The format of the event and the result of HTTP APIs. Default: 2.0. */
  readonly payloadFormat?: PayloadFormat;
}

/** The versions of the payload format of HTTP APIs. */
export type PayloadFormat = '1.0' | '2.0';

/** An integration whose requests and responses are mapped. `HTTP_PROXY` maps parameters only. */
export interface MappedIntegration {
  readonly type: 'AWS' | 'HTTP' | 'HTTP_PROXY' | 'MOCK';
  /** At most 29,000 for WebSocket APIs and 30,000 for HTTP APIs. */
  readonly timeoutMillis: number;
  /** The URI of a service action or a URL, with `{parameters}` and `${stageVariables.NAME}`. Empty for MOCK. */
  readonly uri: string;
  readonly method: string;
  /** The function of an integration of the type AWS with the URI of a function. */
  readonly functionArn?: string;
  /** The role with whose permissions API Gateway calls a service. */
  readonly credentials?: CredentialsModel;
  /** Why API Gateway may not call the function. Absent if it may. */
  readonly denial?: string;
  /** Which requests without a matching template are passed through unchanged. */
  readonly passthrough: 'WHEN_NO_MATCH' | 'WHEN_NO_TEMPLATES' | 'NEVER';
  /** RequestParameters: sources by target, `integration.request.header.NAME`. */
  readonly requestParameters: Readonly<Record<string, string>>;
  /** Templates in the Velocity Template Language by key. */
  readonly requestTemplates: Readonly<Record<string, string>>;
  readonly templateSelection?: string;
  readonly responses: readonly IntegrationResponseModel[];
}

/** The role of CredentialsArn. */
export interface CredentialsModel {
  readonly arn: string;
  /** The logical ID of the role, or its name if the template does not declare it. */
  readonly logicalId: string;
  readonly name: string;
  readonly role: RoleModel;
}

/** An integration response: the mapping of the responses whose status code it matches. */
export interface IntegrationResponseModel {
  /** A status code, a regular expression in slashes, or `$default`. */
  readonly key: string;
  readonly templates: Readonly<Record<string, string>>;
  readonly templateSelection?: string;
}

/** A stage of an HTTP API. */
export interface HttpApiModel {
  /** The logical ID of the API. */
  readonly logicalId: string;
  readonly apiId: string;
  /** `$default`, served at the root, or a name, served at `/NAME`. */
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** Whether the stage has a deployment. Without one, no route matches. */
  readonly isDeployed: boolean;
  readonly routes: readonly HttpRouteModel[];
  readonly cors?: CorsModel;
}

export interface HttpRouteModel {
  /** `$default`, or `METHOD /path` with `ANY` for all methods and path variables in braces. */
  readonly routeKey: string;
  readonly integration: IntegrationModel;
  /** Whether requests must be signed by a caller with the permission to invoke the route. */
  readonly requiresIam?: boolean;
  /** The Lambda or JWT authorizer. */
  readonly authorizer?: AuthorizerModel;
  /** A token must have one of these scopes, if there are any. Only with a JWT authorizer. */
  readonly scopes?: readonly string[];
  readonly throttle?: ThrottleModel;
}

/** The throttling limits of a route: requests per second, and the burst size. */
export interface ThrottleModel {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/** The URL of a function. */
export interface FunctionUrlModel {
  readonly logicalId: string;
  /** The first label of its host: `ID.lambda-url.REGION.on.aws`. */
  readonly urlId: string;
  readonly functionArn: string;
  /** Whether requests must be signed by a caller with the permission to invoke the URL. */
  readonly requiresIam: boolean;
  /** Why nobody may use a public URL. Absent if everybody may. */
  readonly denial?: string;
  readonly cors?: CorsModel;
}

/** CorsConfiguration. Missing lists are empty. */
export interface CorsModel {
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  readonly maxAgeSeconds?: number;
}

export interface TableModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** The input of CreateTable. */
  readonly createTable: Readonly<Record<string, unknown>>;
  /** The TTL attribute, if TTL is enabled. */
  readonly ttlAttribute?: string;
  /** Set if the table has a stream. */
  readonly stream?: StreamModel;
}

export interface StreamModel {
  readonly arn: string;
  readonly viewType: 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';
}

export interface EventBusModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
}

export interface RuleModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly eventBusName: string;
  /** Absent if the rule has a schedule only. */
  readonly pattern?: Readonly<Record<string, unknown>>;
  /** A `rate` or `cron` expression in UTC. */
  readonly schedule?: string;
  readonly enabled: boolean;
  readonly targets: readonly TargetModel[];
}

/** A schedule of EventBridge Scheduler. */
export interface ScheduleModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** `rate(…)`, `cron(…)` or `at(…)`. */
  readonly expression: string;
  /** The time zone of the expression, for example `Europe/Berlin`. */
  readonly timeZone: string;
  readonly enabled: boolean;
  /** StartDate and EndDate in epoch milliseconds. */
  readonly startAt?: number;
  readonly endAt?: number;
  /** The role with which Scheduler calls the target. */
  readonly role: RoleModel & { readonly arn: string };
  readonly target: ScheduleTargetModel;
}

export interface ScheduleTargetModel {
  /** The ARN of a function, state machine, queue or event bus. */
  readonly arn: string;
  /** Absent if Scheduler sends its own event. */
  readonly input?: string;
  /** Default: 86,400. */
  readonly maximumEventAgeSeconds: number;
  /** Default: 185. */
  readonly maximumRetryAttempts: number;
  /** The ARN of the dead-letter queue. */
  readonly deadLetterArn?: string;
  /** EventBridgeParameters, for event buses. */
  readonly event?: { readonly source: string; readonly detailType: string };
  /** SqsParameters.MessageGroupId, for FIFO queues. */
  readonly messageGroupId?: string;
}

export interface TargetModel {
  readonly id: string;
  /** The ARN of a function, state machine, queue or event bus. */
  readonly arn: string;
  /** What the target receives. Default: the event. */
  readonly input?: TargetInputModel;
  /** Default 86,400. */
  readonly maximumEventAgeSeconds: number;
  /** Default 185. */
  readonly maximumRetryAttempts: number;
  /** The ARN of the dead-letter queue. */
  readonly deadLetterArn?: string;
  /** The role with which EventBridge calls a state machine or an event bus. */
  readonly role?: RoleModel & { readonly arn: string };
}

/** Input, InputPath or InputTransformer of a target. */
export type TargetInputModel =
  | { readonly kind: 'constant'; readonly text: string }
  | { readonly kind: 'path'; readonly path: string }
  | {
      readonly kind: 'transformer';
      readonly paths: Readonly<Record<string, string>>;
      readonly template: string;
    };

export interface QueueModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly visibilityTimeoutSeconds: number;
  readonly messageRetentionSeconds: number;
  /** The delay of new messages, from 0 to 900. Default: 0. */
  readonly delaySeconds?: number;
  /** How long a receive waits for messages by default, from 0 to 20. Default: 0. */
  readonly receiveWaitSeconds?: number;
  /** From 1,024 to 1,048,576. Default: 1,048,576. */
  readonly maximumMessageBytes?: number;
  /** Where messages go that were received `maxReceiveCount` times without being deleted. */
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
  /** Set for FIFO queues. */
  readonly fifo?: FifoModel;
}

export interface FifoModel {
  /** Whether the hash of the body is the deduplication ID of messages without one. */
  readonly contentBasedDeduplication: boolean;
  /** Whether deduplication IDs are unique in the queue or in a message group. */
  readonly deduplicationScope: 'queue' | 'messageGroup';
}

/** Lets Lambda read a queue or the stream of a table, and invoke a function with batches of its records. */
export interface EventSourceMappingModel {
  readonly logicalId: string;
  readonly functionArn: string;
  /** The ARN of a queue or a stream. */
  readonly sourceArn: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  /** How long Lambda gathers a batch, from 0 to 300. */
  readonly batchingWindowSeconds: number;
  /** Whether the function's result names the failed records of a batch: ReportBatchItemFailures. */
  readonly reportsItemFailures: boolean;
  /** The event patterns of FilterCriteria. A record that matches none is discarded. If empty, all records match. */
  readonly filters: readonly Readonly<Record<string, unknown>>[];
  /** ScalingConfig.MaximumConcurrency, from 2 to 1,000. */
  readonly maximumConcurrency?: number;
  /** Set for streams. */
  readonly stream?: StreamMappingModel;
}

/** How Lambda processes failed batches of a stream. */
export interface StreamMappingModel {
  /** Whether Lambda divides a failed batch in two. */
  readonly bisects: boolean;
  /** Absent if failed batches are retried until their records expire. */
  readonly maximumRetryAttempts?: number;
  readonly maximumRecordAgeSeconds?: number;
  /** The ARN of the queue for the records of discarded batches. */
  readonly onFailureArn?: string;
}

export interface StateMachineModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly type: 'EXPRESS' | 'STANDARD';
  readonly role: RoleModel;
  /** The parsed definition, with DefinitionSubstitutions applied. */
  readonly definition: Readonly<Record<string, unknown>>;
  /** The definition's file, if it is not in the template. Absolute. */
  readonly definitionFile?: string;
  readonly tracing: boolean;
}

export interface SecretModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  /** GenerateSecretString. A secret has this, a `value`, or no value until the first PutSecretValue. */
  readonly generate?: GenerateSecretModel;
  readonly value?: string;
}

/** A parameter of Systems Manager. */
export interface SsmParameterModel {
  readonly name: string;
  readonly type: 'String' | 'StringList' | 'SecureString';
  readonly value: string;
}

/** GenerateSecretString with its defaults applied. */
export interface GenerateSecretModel {
  readonly length: number;
  readonly excludeCharacters: string;
  readonly excludeLowercase: boolean;
  readonly excludeUppercase: boolean;
  readonly excludeNumbers: boolean;
  readonly excludePunctuation: boolean;
  readonly includeSpace: boolean;
  readonly requireEachType: boolean;
  /** SecretStringTemplate. Set together with `key`, GenerateStringKey. */
  readonly template?: string;
  readonly key?: string;
}

/** The files that the runtime serves at the root. They come from the `Website` metadata of a bucket. */
export interface WebsiteModel {
  readonly logicalId: string;
  /** Absolute. May not exist before the first build. */
  readonly folder: string;
  /** The members of `/config.json` and the outputs that they contain. If empty, the file does not exist. */
  readonly config: Readonly<Record<string, string>>;
  /** The headers that CloudFront adds to the files, with AWS addresses. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The command that builds the folder. If missing, the folder is served unchanged. */
  readonly build?: WebsiteBuildModel;
}

export interface WebsiteBuildModel {
  /** The program and its arguments. Runs in the template's folder. */
  readonly command: readonly string[];
  /** The source files and folders. Absolute. */
  readonly sources: readonly string[];
}

export interface OutputModel {
  readonly key: string;
  readonly description?: string;
  readonly value: string;
}
