import { Writable } from 'node:stream';

/** The content type of streams that begin with the status and headers of an HTTP response. */
const HTTP_TYPE = 'application/vnd.awslambda.http-integration-response';

/** Separates the status and headers from the body. */
const SEPARATOR = new Uint8Array(8);

/** A handler that streams its response: `(event, responseStream, context)`. */
type StreamingHandler = (event: unknown, stream: ResponseStream, context: object) => unknown;

/** Calls a streaming handler and sends each part of the response. Resolves when the stream has ended. */
type RunStream = (event: unknown, context: object, send: SendChunk) => Promise<void>;

type SendChunk = (data: Uint8Array, contentType: string) => void;

const RUN = Symbol('runs a streaming handler');

/** The stream that a handler writes its response to. */
class ResponseStream extends Writable {
  private contentType = 'application/octet-stream';
  private isStarted = false;

  constructor(private readonly send: SendChunk) {
    super();
  }

  setContentType(contentType: string): void {
    this.contentType = contentType;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.isStarted = true;
    this.send(new Uint8Array(chunk), this.contentType);
    done();
  }

  /** Sends an empty part if the handler wrote nothing, so that the response is empty. */
  override _final(done: () => void): void {
    if (!this.isStarted) this.send(new Uint8Array(), this.contentType);
    done();
  }
}

/**
 * The global object `awslambda` of the Lambda runtime.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
 */
export const awslambda = {
  streamifyResponse: (handler: StreamingHandler) => {
    const run: RunStream = (event, context, send) => runHandler(handler, event, context, send);
    // The function has no parameters, because handlers with three parameters are callback handlers.
    return Object.assign(() => undefined, { [RUN]: run });
  },
  HttpResponseStream: {
    /** Writes the status and headers of the response. */
    from(stream: ResponseStream, metadata: object): ResponseStream {
      stream.setContentType(HTTP_TYPE);
      stream.write(JSON.stringify(metadata));
      stream.write(SEPARATOR);
      return stream;
    },
  },
};

/** Returns a function that runs a streaming handler, or undefined for other handlers. */
export function findStreamingHandler(handler: object): RunStream | undefined {
  return (handler as { [RUN]?: RunStream })[RUN];
}

async function runHandler(
  handler: StreamingHandler,
  event: unknown,
  context: object,
  send: SendChunk,
): Promise<void> {
  const stream = new ResponseStream(send);
  const finished = new Promise<void>((resolve, reject) =>
    stream.once('finish', resolve).once('error', reject),
  );
  finished.catch(() => undefined); // awaited below
  await handler(event, stream, context);
  await finished;
}
