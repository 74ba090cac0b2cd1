import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';

/** Sends a first part, and the second one when the client has had time to receive it. */
export const story = awslambda.streamifyResponse(async (event, responseStream) => {
  const metadata = {
    statusCode: 201,
    headers: { 'Content-Type': 'text/event-stream', 'X-Path': event.path ?? event.rawPath },
    cookies: ['a=1'],
  };
  const stream = awslambda.HttpResponseStream.from(responseStream, metadata);
  stream.write('once ');
  await setTimeout(200);
  if (event.queryStringParameters?.fail) throw new Error('no end');
  stream.write('upon');
  stream.end();
});

export const raw = awslambda.streamifyResponse(async (_event, responseStream, context) => {
  responseStream.setContentType('text/plain');
  await pipeline(Readable.from(['a', 'b', typeof context.awsRequestId]), responseStream);
});

/** A handler of the same file that does not stream. */
export const plain = async () => ({ statusCode: 202, body: 'plain' });
