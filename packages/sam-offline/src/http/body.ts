import type { IncomingMessage } from 'node:http';

/**
 * Reads a request's body. If the body is larger than `maxBytes`, reads it to the end and returns undefined. Clients that are
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
      // 'close' is also emitted after 'end'. Creating an error for every request would take longer than reading the body.
      if (!request.complete) reject(new Error('The client disconnected before the request was complete.'));
    });
  });
}
