import type { ServerResponse } from 'node:http';
import { PassThrough, type Readable } from 'node:stream';
import { type Invoke, type InvokeResult, isObject, type StreamChunk } from '../core/service';
import type { HttpResult } from './proxy-result';

/** The content type of a stream that starts with the status and headers of the response, followed by 8 null bytes. */
const HTTP_TYPE = 'application/vnd.awslambda.http-integration-response';
const SEPARATOR = Buffer.alloc(8);

/**
 * Invokes a function with a streamed response. Resolves with the response when its status and headers have arrived. If the
 * function does not stream, resolves with its result. If the function fails later, the body is truncated.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
export function invokeStreaming(
  invoke: Invoke,
  functionArn: string,
  event: unknown,
): Promise<HttpResult | InvokeResult> {
  const stream = new PassThrough();
  let head: Buffer | undefined = Buffer.alloc(0);
  return new Promise((resolve, reject) => {
    const receive = ({ data, contentType }: StreamChunk) => {
      if (head === undefined) {
        stream.write(data);
        return;
      }
      head = Buffer.concat([head, data]);
      let parsed: ReturnType<typeof parseHead>;
      try {
        parsed = parseHead(head, contentType);
      } catch (error) {
        reject(error);
        return;
      }
      if (!parsed) return;
      head = undefined;
      resolve({ ...parsed.result, stream });
      if (parsed.body.length > 0) stream.write(parsed.body);
    };
    invoke(functionArn, event, undefined, receive).then((result) => {
      if (head !== undefined) resolve(result);
      else if (result.functionError === undefined) stream.end();
      else stream.destroy(new Error('The function failed while it streamed its response.'));
    }, reject);
  });
}

/**
 * Sends the body of a response after its status and headers have been written. Closes the connection if the body is truncated.
 */
export function sendStream(response: ServerResponse, stream: Readable): void {
  response.flushHeaders();
  stream.on('error', () => response.destroy());
  // As on AWS, the function continues if the client disconnects.
  response.on('close', () => stream.resume());
  stream.pipe(response);
}

/**
 * Returns the status and headers, and the first part of the body. Returns undefined if the status and headers are incomplete.
 */
function parseHead(head: Buffer, contentType: string): { result: HttpResult; body: Buffer } | undefined {
  const empty = { cookies: [], body: Buffer.alloc(0) };
  if (contentType !== HTTP_TYPE)
    return { result: { statusCode: 200, headers: { 'content-type': contentType }, ...empty }, body: head };
  const end = head.indexOf(SEPARATOR);
  if (end < 0) return undefined;
  const { statusCode = 200, headers, cookies } = parseMetadata(head.toString('utf8', 0, end));
  const named = Object.entries(isObject(headers) ? headers : {}).map(([name, value]) => [
    name.toLowerCase(),
    String(value),
  ]);
  return {
    result: {
      statusCode: Number(statusCode),
      headers: { 'content-type': 'application/octet-stream', ...Object.fromEntries(named) },
      cookies: Array.isArray(cookies) ? cookies.map(String) : [],
      body: empty.body,
    },
    body: head.subarray(end + SEPARATOR.length),
  };
}

function parseMetadata(text: string): Record<string, unknown> {
  const metadata: unknown = JSON.parse(text);
  return isObject(metadata) ? metadata : {};
}
