/**
 * What a template comes down to once its parameters and intrinsics are resolved: the resources this runtime
 * runs, by logical id, with plain values. `template/` writes it, everything else only reads it.
 */
export interface App {
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  /** The folder of the template file; relative paths of the template are resolved against it. Absolute. */
  readonly root: string;
  readonly functions: readonly FunctionModel[];
  readonly webSocketApis: readonly WebSocketApiModel[];
  readonly httpApis: readonly HttpApiModel[];
  readonly tables: readonly TableModel[];
  readonly eventBuses: readonly EventBusModel[];
  readonly rules: readonly RuleModel[];
  readonly queues: readonly QueueModel[];
  readonly stateMachines: readonly StateMachineModel[];
  readonly secrets: readonly SecretModel[];
  /** At most one: there is one root to serve it at. */
  readonly website?: WebsiteModel;
  readonly outputs: readonly OutputModel[];
}

export interface FunctionModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  /** Absolute folder that `handler` is relative to (the template's CodeUri). */
  readonly codeUri: string;
  /** `path/file.export`, without an extension. */
  readonly handler: string;
  readonly runtime: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly tracing: 'Active' | 'PassThrough';
  /** ReservedConcurrentExecutions, if the template states it. */
  readonly reservedConcurrency?: number;
  /**
   * EventInvokeConfig, if the template states it: how long an asynchronous event is kept (60 to 21,600 s, default
   * 21,600), how often it is retried after a failure (0 to 2, default 2), and the queue for records of failure.
   */
  readonly asyncInvoke?: {
    readonly maximumEventAgeSeconds: number;
    readonly maximumRetryAttempts: number;
    readonly onFailureArn?: string;
  };
}

export interface WebSocketApiModel {
  readonly logicalId: string;
  readonly apiId: string;
  readonly stage: string;
  /** For example `$request.body.action`. */
  readonly routeSelectionExpression: string;
  readonly routes: readonly RouteModel[];
}

export interface RouteModel {
  /** Case-sensitive: `$connect`, `$disconnect`, `$default` or the value the selection expression yields. */
  readonly routeKey: string;
  readonly functionArn: string;
  /** Up to 29,000, the service's own limit. */
  readonly timeoutMillis: number;
}

export interface HttpApiModel {
  readonly logicalId: string;
  readonly apiId: string;
  /** `$default`, which answers at the root, or a name that paths begin with. */
  readonly stage: string;
  readonly routes: readonly HttpRouteModel[];
  /** If the API has a CORS configuration. */
  readonly cors?: CorsModel;
}

export interface HttpRouteModel {
  /** `METHOD /path`, with `ANY` for every method and path variables in braces, or `$default`. */
  readonly routeKey: string;
  readonly functionArn: string;
  /** Up to 30,000, the service's own limit. */
  readonly timeoutMillis: number;
  /** Requests a second that are let through for ever, and at once after a pause, if the template limits them. */
  readonly throttle?: { readonly ratePerSecond: number; readonly burst: number };
}

/** As the properties of a CORS configuration; a list that is missing is empty. */
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
  /** The input of DynamoDB's CreateTable, as the template's properties give it. */
  readonly createTable: Readonly<Record<string, unknown>>;
  /** The attribute that holds the expiry in epoch seconds, if TTL is enabled. */
  readonly ttlAttribute?: string;
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
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly enabled: boolean;
  readonly targets: readonly TargetModel[];
}

export interface TargetModel {
  readonly id: string;
  /** A function's, a state machine's or a queue's ARN. */
  readonly arn: string;
  /** Default 86,400. */
  readonly maximumEventAgeSeconds: number;
  /** Default 185. */
  readonly maximumRetryAttempts: number;
  /** The ARN of the queue for events that could not be delivered. */
  readonly deadLetterArn?: string;
}

export interface QueueModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly visibilityTimeoutSeconds: number;
  readonly messageRetentionSeconds: number;
}

export interface StateMachineModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly type: 'EXPRESS' | 'STANDARD';
  /** The definition after DefinitionSubstitutions, parsed. */
  readonly definition: Readonly<Record<string, unknown>>;
  /** The file that holds it, if it has one of its own. Absolute. */
  readonly definitionFile?: string;
  readonly tracing: boolean;
}

export interface SecretModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly description?: string;
  /** How its first value is made, or that value; with neither it has none until one is put. */
  readonly generate?: GenerateSecretModel;
  readonly value?: string;
}

/** GenerateSecretString, with its defaults. */
export interface GenerateSecretModel {
  readonly length: number;
  readonly excludeCharacters: string;
  readonly excludeLowercase: boolean;
  readonly excludeUppercase: boolean;
  readonly excludeNumbers: boolean;
  readonly excludePunctuation: boolean;
  readonly includeSpace: boolean;
  readonly requireEachType: boolean;
  /** A JSON object, and the member of it that the password becomes; both or neither. */
  readonly template?: string;
  readonly key?: string;
}

/** Files that are served at the root: see `template/resources/website.ts`. */
export interface WebsiteModel {
  readonly logicalId: string;
  /** Absolute; it may not be there yet. */
  readonly folder: string;
  /** The members of `/config.json`, with the output that each holds; without any there is no such file. */
  readonly config: Readonly<Record<string, string>>;
  /** How the folder is made; without it, it is taken as it is. */
  readonly build?: WebsiteBuildModel;
}

export interface WebsiteBuildModel {
  /** A program and its arguments, run in the template's folder. */
  readonly command: readonly string[];
  /** Absolute: the files and folders that it is made of. */
  readonly sources: readonly string[];
}

export interface OutputModel {
  readonly key: string;
  readonly description?: string;
  readonly value: string;
}
