import { addError, type Subsegment } from './subsegment';

/** A call that is being recorded. */
export interface RecordedCall {
  readonly subsegment: Subsegment;
  /** The value of the header that makes the service's segments children of the call. */
  readonly header: string;
  close(): void;
}

interface CallArguments {
  readonly input: Record<string, unknown>;
  readonly request: { readonly headers: Record<string, string> };
}

interface Metadata {
  readonly httpStatusCode?: number;
  readonly requestId?: string;
  readonly attempts?: number;
}

interface CallResult {
  readonly output: { readonly $metadata?: Metadata };
}

type Next = (args: CallArguments) => Promise<CallResult>;

/** The part of an SDK client that `captureCalls` uses. */
export interface ClientStack {
  readonly middlewareStack: {
    add(
      middleware: (next: Next, context: { clientName: string; commandName: string }) => Next,
      options: { step: 'build' },
    ): void;
  };
}

/**
 * Records each call of a client in a subsegment that is named after the service. The fields are those of the X-Ray SDK.
 *
 * @param open opens the subsegment of a call. Returns undefined if the call is not recorded.
 */
export function captureCalls(client: ClientStack, open: (service: string) => RecordedCall | undefined): void {
  client.middlewareStack.add(
    (next, { clientName, commandName }) =>
      async (args) => {
        const call = open(clientName.replace(/Client$/, ''));
        if (!call) return next(args);
        const { subsegment } = call;
        subsegment.namespace = 'aws';
        const record = ({ httpStatusCode: status, requestId, attempts = 0 }: Metadata = {}) => {
          subsegment.aws = {
            operation: commandName.replace(/Command$/, ''),
            region: process.env.AWS_REGION,
            request_id: requestId,
            retries: Math.max(0, attempts - 1),
            ...describeResources(args.input),
          };
          if (status !== undefined) subsegment.http = { response: { status } };
        };
        args.request.headers['X-Amzn-Trace-Id'] = call.header;
        try {
          const result = await next(args);
          record(result.output.$metadata);
          return result;
        } catch (error) {
          const { $metadata } = error as { $metadata?: Metadata };
          record($metadata);
          addError(subsegment, error as Error, $metadata?.httpStatusCode);
          throw error;
        } finally {
          call.close();
        }
      },
    { step: 'build' },
  );
}

/** Returns the tables of a DynamoDB request, which the service map shows. */
function describeResources({ TableName, RequestItems }: Record<string, unknown>): object {
  if (TableName !== undefined) return { table_name: TableName };
  return RequestItems === undefined ? {} : { table_names: Object.keys(RequestItems as object) };
}
