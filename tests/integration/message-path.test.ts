import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../../testbed/template';
import { createContext, prepareHandlers, readSample, recordOutput } from '../support/handlers';

/**
 * Files with code that runs only after the event is published. They post the `ack`, close slow connections, and close idle
 * sockets.
 */
const AFTER_EVENT = [
  'aws/api-gateway/connections-api.ts',
  'aws/api-gateway/slow-connections.ts',
  'aws/lambda/rejection-counter.ts',
  'aws/transport/keep-alive.ts',
];

/** Runs `run` and returns the application files that contain the executed functions. */
async function recordFiles(run: () => Promise<unknown>): Promise<string[]> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  await session.post('Profiler.takePreciseCoverage'); // discards the functions that ran while files were loaded
  await run();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  session.disconnect();
  return result
    .filter(({ functions }) => functions.some(({ ranges }) => ranges.some(({ count }) => count > 0)))
    .map(({ url }) => relative(root, url.startsWith('file:') ? fileURLToPath(url) : url))
    .filter((file) => /^(functions|chat|aws)\//.test(file));
}

/** Returns the files that the architecture document lists for the path of a message. */
function readDocumentedFiles(): string[] {
  const document = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const [, section = ''] = document.split('## Files on the path of a message\n');
  const [list = ''] = section.split('\n## ');
  return [...list.matchAll(/^\| `([^`]+)` \|/gm)].map(([, file = '']) => file);
}

describe('the path of a message', () => {
  let app: Awaited<ReturnType<typeof prepareHandlers>>;
  let output: ReturnType<typeof recordOutput>;

  beforeAll(async () => {
    app = await prepareHandlers();
    output = recordOutput();
  });
  afterAll(async () => {
    output.restore();
    await app.stop();
  });

  it('uses only the documented files from the frame to the event, at most 15', async () => {
    const { handler } = await import('../../functions/sendmessage');
    const sample = readSample('sendmessage');
    const { connectionId } = sample.requestContext;
    const now = Date.now();
    const user = { connectionId, userId: 'g-1', username: 'Ada', protocol: 'roomcast.v1' as const };
    const room = { room: '483920117', owner: 'g-1', epoch: 'epoch', seq: 0, shards: 1, lastTs: now };
    await app.tables.log.insertRoom(room);
    const membership = {
      ...user,
      room: room.room,
      joinedAt: now,
      role: 'owner' as const,
      standingVersion: 0,
      shards: 1,
    };
    await app.tables.connections.open({ ...user, connectedAt: now }, membership);
    const send = (clientMsgId: string) => {
      const frame = { action: 'sendmessage', room: room.room, text: 'hello', clientMsgId };
      return handler({ ...sample, body: JSON.stringify(frame) }, createContext('sendmessage'));
    };
    await send('7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a10'); // loads the modules that are loaded on first use
    const files = await recordFiles(() => send('7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11'));
    expect(app.entries).toHaveLength(2);
    const path = files.filter((file) => !AFTER_EVENT.includes(file)).sort();
    expect(path.length).toBeLessThanOrEqual(15);
    expect(path).toEqual(readDocumentedFiles().sort());
  });
});
