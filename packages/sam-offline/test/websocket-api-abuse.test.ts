import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { createRandom } from '../src/faults/random';
import { createStarter, waitUntil } from './support/websocket-api';

const start = createStarter();

const FRAMES = process.env.LONG ? 100_000 : 3_000;
/** The number of clients that send frames concurrently. */
const CONNECTIONS = 20;
const FRAMES_PER_CONNECTION = 50;
const TEXT = 0x1;
const CLOSE = 0x8;

interface Frame {
  readonly opcode: number;
  readonly payload?: Buffer;
  readonly isFinal?: boolean;
  readonly isMasked?: boolean;
  /** The reserved bits. They must be 0 unless the connection uses an extension. */
  readonly reserved?: number;
  /** Overrides the length in the header. */
  readonly length?: number;
}

/** Encodes a frame: https://www.rfc-editor.org/rfc/rfc6455#section-5.2 */
function encode({
  opcode,
  payload = Buffer.alloc(0),
  isFinal = true,
  isMasked = true,
  ...more
}: Frame): Buffer {
  const { reserved = 0, length = payload.length } = more;
  const first = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = isMasked ? 0x80 : 0;
  let header: Buffer;
  if (length < 126) header = Buffer.from([first, mask | length]);
  else if (length < 65_536) header = Buffer.from([first, mask | 126, length >> 8, length & 0xff]);
  else {
    header = Buffer.alloc(10);
    header[0] = first;
    header[1] = mask | 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  if (!isMasked) return Buffer.concat([header, payload]);
  const key = randomBytes(4);
  return Buffer.concat([header, key, payload.map((byte, i) => byte ^ (key[i % 4] ?? 0))]);
}

/** Connects a client that can send any bytes. `closed` resolves to the close code, or to undefined if there is no code. */
async function connectRaw(port: number): Promise<{ socket: Socket; closed: Promise<number | undefined> }> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    'GET /production HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  const opening = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  expect(opening.toString('latin1')).toMatch(/^HTTP\/1\.1 101 /);
  const received: Buffer[] = [];
  socket.on('data', (data) => received.push(data));
  const closed = new Promise<number | undefined>((resolve) =>
    socket.once('close', () => {
      resolve(closeCode(Buffer.concat(received)));
    }),
  );
  return { socket, closed };
}

/**
 * Returns the code of the close frame in data from the server, if any. All frames from the server are shorter than 126 bytes.
 */
function closeCode(data: Buffer): number | undefined {
  for (let at = 0; at + 1 < data.length; at += 2 + (data[at + 1] as number)) {
    if (data[at] === (0x80 | CLOSE)) return at + 4 <= data.length ? data.readUInt16BE(at + 2) : undefined;
  }
  return undefined;
}

const closeFrame = (code: number, reason = Buffer.alloc(0)): Frame => {
  const payload = Buffer.alloc(2 + reason.length);
  reason.copy(payload, 2);
  payload.writeUInt16BE(code);
  return { opcode: CLOSE, payload };
};
const BAD_UTF8 = Buffer.from([0xce, 0xba, 0xed, 0xa0, 0x80]);

/** The categories of the Autobahn test suite: github.com/crossbario/autobahn-testsuite */
const VIOLATIONS: [string, Frame[], number][] = [
  ['text that is not UTF-8', [{ opcode: TEXT, payload: BAD_UTF8 }], 1007],
  [
    'a fragment that is not UTF-8',
    [{ opcode: TEXT, payload: BAD_UTF8, isFinal: false }, { opcode: 0 }],
    1007,
  ],
  ['a reserved opcode', [{ opcode: 0x3 }], 1002],
  ['a reserved control opcode', [{ opcode: 0xb }], 1002],
  ['a reserved bit', [{ opcode: TEXT, reserved: 4 }], 1002],
  ['a frame without a mask', [{ opcode: TEXT, isMasked: false }], 1002],
  ['a continuation without a start', [{ opcode: 0x0 }], 1002],
  ['a new message inside a fragmented message', [{ opcode: TEXT, isFinal: false }, { opcode: TEXT }], 1002],
  ['a fragmented ping', [{ opcode: 0x9, isFinal: false }], 1002],
  ['a long ping', [{ opcode: 0x9, payload: Buffer.alloc(126) }], 1002],
  ['a close frame with a one-byte payload', [{ opcode: CLOSE, payload: Buffer.alloc(1) }], 1002],
  ['a close reason that is not UTF-8', [closeFrame(1000, BAD_UTF8)], 1007],
  ...[0, 999, 1004, 1005, 1006, 1016, 2999, 5000, 65_535].map((code): [string, Frame[], number] => [
    `the close code ${code}`,
    [closeFrame(code)],
    1002,
  ]),
];

describe('the WebSocket server', () => {
  it.each(VIOLATIONS)('closes the connection after %s', async (_what, frames, code) => {
    const { port, webSocketApis } = await start();
    const { socket, closed } = await connectRaw(port);
    socket.write(Buffer.concat(frames.map(encode)));
    expect(await closed).toBe(code);
    await waitUntil(() => webSocketApis.load().connections === 0);
  });

  it.each([1000, 1001, 1011, 3000, 4999])('echoes the close code %i', async (code) => {
    const { port } = await start();
    const { socket, closed } = await connectRaw(port);
    socket.write(encode(closeFrame(code)));
    expect(await closed).toBe(code);
  });

  it(`serves other clients while some clients send ${FRAMES} random frames`, async () => {
    const random = createRandom(20_260);
    const integer = (max: number) => Math.floor(random() * max);
    const { port, connect: connectClient, webSocketApis, events } = await start();
    const { socket: client, connectionId } = await connectClient('/production');
    const frame = (): Frame => {
      const payload = Buffer.from(
        Array.from({ length: integer(8) === 0 ? integer(300) : integer(20) }, () => integer(256)),
      );
      return {
        payload,
        opcode: integer(4) === 0 ? integer(16) : integer(3),
        isFinal: integer(3) > 0,
        isMasked: integer(20) > 0,
        reserved: integer(20) === 0 ? integer(8) : 0,
        ...(integer(20) === 0 ? { length: integer(2) === 0 ? integer(70_000) : 2 ** 40 } : {}),
      };
    };
    const abuse = async (frames: Buffer[]) => {
      const { socket, closed } = await connectRaw(port);
      for (const bytes of frames) socket.write(bytes);
      socket.end();
      // The connection stays open if the last frame is shorter than its header declares.
      const timer = setTimeout(() => socket.destroy(), 50);
      await closed;
      clearTimeout(timer);
    };
    for (let sent = 0; sent < FRAMES; sent += CONNECTIONS * FRAMES_PER_CONNECTION) {
      const batches = Array.from({ length: CONNECTIONS }, () =>
        Array.from({ length: FRAMES_PER_CONNECTION }, () => encode(frame())),
      );
      await Promise.all(batches.map(abuse));
      events.length = 0;
    }
    client.send('still here');
    const own = () => events.filter(({ requestContext }) => requestContext.connectionId === connectionId);
    await waitUntil(() => own().some(({ body }) => body === 'still here'));
    await waitUntil(() => webSocketApis.load().connections === 1);
  }, 600_000);
});
