import type { CorsModel } from '../http-invocation/cors';

/** The URL of a function. */
export interface FunctionUrlModel {
  readonly logicalId: string;
  /** The first label of its host: `ID.lambda-url.REGION.on.aws`. */
  readonly urlId: string;
  readonly functionArn: string;
  /** Whether requests must be signed by a caller with the permission to invoke the URL. */
  readonly requiresIam: boolean;
  /** Whether the response is sent while the function runs. */
  readonly isStreamed?: boolean;
  /** Why nobody may use a public URL. Absent if everybody may. */
  readonly denial?: string;
  readonly cors?: CorsModel;
}
