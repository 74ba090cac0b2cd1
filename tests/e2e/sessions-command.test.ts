import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describeAtLength } from '../../testbed/at-length';
import { eventually } from '../../testbed/client';
import { root } from '../../testbed/template';
import { broadcast, createClientPool, sendRequest } from '../support/conversation';
import { itWithTables, type StackUnderTest, stackUnderTest, waitForIndex } from '../support/stack';

const exec = promisify(execFile);

describeAtLength('npm run admin -- sessions', () => {
  let stack: StackUnderTest;
  const { open, closeAll } = createClientPool(
    () => stack.wsUrl,
    () => waitForIndex(stack),
  );

  beforeAll(async () => {
    stack = await stackUnderTest();
  });
  afterEach(closeAll);
  afterAll(() => stack.stop());

  const run = async (...args: string[]) => {
    const command = ['--import', 'tsx', 'scripts/admin.ts', 'sessions', ...args];
    const { stdout } = await exec(process.execPath, command, { cwd: root });
    return stdout;
  };
  /** The times of a session are set by functions. In strict mode, the clocks of functions differ by up to 0.6 s. */
  const outlastClockDifference = () => sleep(700);
  /** Lists all of today's sessions, because other tests can connect to a deployed stack concurrently. */
  const listSessions = (...args: string[]) => {
    const target = stack.local
      ? ['--port', new URL(stack.httpUrl).port]
      : ['--stack', process.env.STACK_NAME ?? ''];
    return run(...target, '--limit', '99999', '--days', '1', ...args);
  };

  itWithTables('lists the times, the latest message and the latest broadcast of each session', async () => {
    const [ada, bob] = [await open({ query: { username: 'Ada' } }), await open()];
    const [adaId, bobId] = [await ada.connectionId(), await bob.connectionId()];
    ada.send({ action: 'sendmessage', message: 'first' });
    await bob.next((frame) => frame === 'first');
    await sendRequest(ada, { action: 'createRoom', username: 'Ada L.' });
    await waitForIndex(stack);
    ada.send({ action: 'sendmessage', message: 'hello\nfrom Ada' });
    await ada.next((frame) => frame === 'hello\nfrom Ada');
    await outlastClockDifference();
    const { ts } = await broadcast(stack, 'to both');
    await ada.next((frame) => frame === 'to both');
    await outlastClockDifference();
    await ada.close();
    const session = await eventually(async () => {
      const items = await stack.scan('ChatTable');
      return items.find(({ connectionId, disconnectTime }) => connectionId === adaId && disconnectTime);
    });
    await outlastClockDifference();
    await broadcast(stack, 'to one');

    const found: Record<string, unknown>[] = JSON.parse(await listSessions('--json'));
    const times = found.map(({ connectionTime }) => Number(connectionTime));
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(found.find(({ connectionId }) => connectionId === adaId)).toEqual({
      connectionId: adaId,
      userId: expect.stringMatching(/^g-/),
      username: 'Ada L.',
      connectionTime: expect.any(Number),
      disconnectTime: expect.any(Number),
      latestMessage: 'hello\nfrom Ada',
      latestMessageTime: expect.any(Number),
      latestBroadcast: 'to both',
      latestBroadcastTime: Date.parse(ts),
    });
    const order = ['connectionTime', 'latestMessageTime', 'latestBroadcastTime', 'disconnectTime'];
    const values = order.map((time) =>
      Number(found.find(({ connectionId }) => connectionId === adaId)?.[time]),
    );
    expect(values).toEqual([...values].sort((a, b) => a - b));
    const other = found.find(({ connectionId }) => connectionId === bobId);
    expect(other).toMatchObject({ latestBroadcast: 'to one' });
    expect(other).not.toHaveProperty('disconnectTime');
    expect(other).not.toHaveProperty('latestMessage');

    const printed = (await listSessions()).trimEnd().split('\n');
    expect(printed.length).toBeGreaterThan(found.length);
    expect((await listSessions('--limit', '2')).trimEnd().split('\n')).toHaveLength(3);
    expect(printed[0]).toMatch(
      /^connection +username +connected +disconnected +latest message +sent at +latest broadcast +sent at$/,
    );
    const line = printed.find((row) => row.startsWith(adaId));
    expect(line).toContain(new Date(Number(session.disconnectTime)).toISOString());
    expect(line).toContain('hello from Ada');
    expect(line?.split(/ {2,}/)[1]).toBe('Ada L.');
    expect(line).toContain(ts);
  });

  it('prints errors', async () => {
    await expect(run('--limit', 'many')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--limit "many" is not a valid number'),
    });
    await expect(run('--port', '1')).rejects.toMatchObject({
      stderr: 'No runtime found on port 1. Run npm start, or select a deployed stack with --stack.\n',
    });
  });
});
