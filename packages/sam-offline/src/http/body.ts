import type { IncomingMessage } from 'node:http';

/**
 * Reads a request's body.
 *
 * @returns undefined if it is larger than `maxBytes`. The rest of such a body is read and thrown away, because
 * a client that is still sending would not see an answer before it.
 * @throws Error if the client goes away before the body is complete.
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
      // 'close' follows 'end' too, and making an error for every request would cost more than reading it.
      if (!request.complete) reject(new Error('The client went away before its request was complete.'));
    });
  });
}
