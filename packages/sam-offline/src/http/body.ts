import type { IncomingMessage } from 'node:http';

/**
 * Reads a request's body. Returns undefined if the body is larger than `maxBytes`, after draining it: a client that is
 * still sending would not read the response.
 *
 * @throws Error if the client disconnects before the body is complete
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else chunks.length = 0;
    });
    request.on('end', () => {
      if (length > maxBytes) resolve(undefined);
      else resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length));
    });
    request.on('error', reject);
    request.on('close', () => {
      // 'close' also follows 'end'. Creating an error for every request would cost more than reading the body.
      if (!request.complete) reject(new Error('The client disconnected before the request was complete.'));
    });
  });
}
