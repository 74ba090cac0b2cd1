import type { CorsModel } from '../http-invocation/cors';

/** A function URL. */
export interface FunctionUrlModel {
  readonly logicalId: string;
  /** The first label of the URL's host: `ID.lambda-url.REGION.on.aws`. */
  readonly urlId: string;
  readonly functionArn: string;
  /** Whether requests must be signed by a caller that has permission to invoke the URL. */
  readonly requiresIam: boolean;
  /** Whether the response is streamed while the function runs. */
  readonly isStreamed?: boolean;
  /** The reason why a public URL denies all requests. Absent if requests are allowed. */
  readonly denial?: string;
  readonly cors?: CorsModel;
}
