import type { RoleModel } from '../iam/model';

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
