import { AwsError, type CallContext, type JsonObject, UnsupportedError } from '../core/service';
import type { AsyncInvoker } from './async-invoker';
import type { LambdaFunction } from './lambda-function';

const MAX_REQUEST_BYTES = { RequestResponse: 6_291_456, Event: 1_048_576 };

/**
 * Handles the Invoke action.
 *
 * https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export async function invokeFunction(
  fn: LambdaFunction,
  asynchronous: AsyncInvoker,
  input: JsonObject,
  context: CallContext,
): Promise<JsonObject> {
  checkUnsupported(input);
  const type = input.InvocationType ?? 'RequestResponse';
  if (type === 'DryRun') return { StatusCode: 204 };
  if (type !== 'RequestResponse' && type !== 'Event') {
    throw new AwsError('InvalidParameterValueException', `Unsupported InvocationType: ${String(type)}`);
  }
  const event = serializeEvent(input.Payload ?? {}, type);
  if (type === 'Event') {
    asynchronous.start(fn, event, context);
    return { StatusCode: 202 };
  }
  const { payload, functionError } = await fn.invoke(
    event,
    fn.createRequest(context.traceHeader, 'synchronous'),
  );
  const output = { StatusCode: 200, Payload: payload, ExecutedVersion: '$LATEST' };
  return functionError ? { ...output, FunctionError: functionError } : output;
}

function checkUnsupported({ LogType, ClientContext, Qualifier, FunctionName }: JsonObject): void {
  if (LogType === 'Tail') throw new UnsupportedError('Lambda: LogType Tail is not supported.');
  if (ClientContext !== undefined) throw new UnsupportedError('Lambda: ClientContext is not supported.');
  if (Qualifier !== undefined && Qualifier !== '$LATEST') {
    const name = `${String(FunctionName)}:${String(Qualifier)}`;
    throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404, { Type: 'User' });
  }
}

/** @throws AwsError RequestTooLargeException (413) */
export function serializeEvent(event: unknown, type: keyof typeof MAX_REQUEST_BYTES): string {
  const text = JSON.stringify(event) ?? 'null';
  const limit = MAX_REQUEST_BYTES[type];
  // A UTF-16 code unit takes at most three bytes, so the size of short texts does not need to be measured.
  if (text.length * 3 <= limit || Buffer.byteLength(text) <= limit) return text;
  const message = `Request must be smaller than ${limit} bytes for the InvokeFunction operation`;
  throw new AwsError('RequestTooLargeException', message, 413, { Type: 'User' });
}
