import { Session } from 'node:inspector/promises';
import { relative } from 'node:path';
import { createContext, prepareHandlers, readSample, recordOutput } from '../support/handlers';
import { root } from '../support/template';

describe('the path of a message', () => {
  let app: Awaited<ReturnType<typeof prepareHandlers>>;
  let output: ReturnType<typeof recordOutput>;
  const session = new Session();

  beforeAll(async () => {
    app = await prepareHandlers();
    output = recordOutput();
    session.connect();
    await session.post('Profiler.enable');
  });

  afterAll(async () => {
    session.disconnect();
    output.restore();
    await app.stop();
  });

  it('passes few files from the frame to the event', async () => {
    const { handler } = await import('../../functions/sendmessage');
    const connectionId = 'L0SM9cOFvHcCIhw=';
    const now = Date.now();
    const connection = { connectionId, userId: 'g-1', username: 'Ada', protocol: 'roomcast.v1' as const, connectedAt: now };
    const room = { room: '483920117', owner: 'g-1', epoch: 'epoch', seq: 0, shards: 1, lastTs: now };
    await app.tables.log.createRoom(room);
    await app.tables.connections.open(
      connection,
      { connectionId, userId: 'g-1', username: 'Ada', protocol: 'roomcast.v1', room: room.room, joinedAt: now, role: 'owner', shards: 1 } as never,
    );
    const send = (text: string) => {
      const event = readSample('sendmessage');
      event.requestContext.connectionId = connectionId;
      event.body = JSON.stringify({ action: 'sendmessage', room: room.room, text });
      return handler(event as never, createContext('sendmessage'));
    };
    await send('first');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    await session.post('Profiler.takePreciseCoverage');
    await send('second');
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const files = result
      .filter(({ url, functions }) => /\/layout\/(functions|chat|aws)\//.test(url) && !url.includes('node_modules') && functions.some((f) => f.ranges.some((r) => r.count > 0)))
      .map(({ url, functions }) => `${relative(root, url.replace('file://', ''))}: ${functions.filter((f) => f.ranges.some((r) => r.count > 0)).map((f) => f.functionName || f.ranges[0]?.startOffset).join(' ')}`);
    output.restore();
    console.log(files.length, files.sort().join('\n'), app.posts, app.entries.length);
  });
});
