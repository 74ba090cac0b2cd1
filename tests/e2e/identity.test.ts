import { describeAtLength } from '../../testbed/at-length';
import { eventually } from '../../testbed/client';
import { AUDIENCE, type Issuer, startIssuer } from '../../testbed/issuer';
import { createClientPool, sendMessage, sendRequest } from '../support/conversation';
import { itWithTables, type StackUnderTest, stackUnderTest, waitForIndex } from '../support/stack';

const rejection = (type: string) => ({ type: 'error', problem: { type: `urn:roomcast:${type}` } });

/** These tests run only at length. `npm test` covers tokens with unit tests and `token-command.test.ts`. */
describeAtLength('identity', () => {
  let stack: StackUnderTest;
  let issuer: Issuer;
  const { open, closeAll } = createClientPool(() => stack.wsUrl);
  const openWith = (...credentials: string[]) => open({ protocols: ['roomcast.v1', ...credentials] });
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

  beforeAll(async () => {
    // A deployed stack trusts an issuer at a fixed address, which is set during the deployment.
    const { ISSUER_PORT = '0' } = process.env;
    issuer = await startIssuer(Number(ISSUER_PORT));
    stack = await stackUnderTest([
      '--parameter-overrides',
      `JwtIssuer=${issuer.url}`,
      `JwtAudience=${AUDIENCE}`,
    ]);
  });
  afterEach(closeAll);
  afterAll(async () => {
    await stack.stop();
    await issuer.close();
  });

  it('identifies the user by the token, on every connection', async () => {
    const [first, second] = await Promise.all([
      openWith(`token.${await issuer.sign({ sub: 'ada', name: 'Ada' })}`),
      openWith(`token.${await issuer.sign({ sub: 'ada', name: 'Ada' })}`),
    ]);
    expect(first.socket.protocol).toBe('roomcast.v1');
    const { you, tokenExpiresAt } = await sendRequest(first, { action: 'ping' });
    expect(you).toEqual({ userId: expect.stringMatching(/^u-[\w-]{22}$/), username: 'Ada' });
    expect(Date.parse(tokenExpiresAt)).toBeGreaterThan(Date.now());
    expect((await sendRequest(second, { action: 'ping' })).you).toEqual(you);

    const { room } = await sendRequest(first, { action: 'createRoom', username: 'Mallory' });
    await sendRequest(second, { action: 'joinRoom', room, username: 'Mallory' });
    await waitForIndex(stack);
    await sendMessage(first, room, 'hello');
    expect(await second.nextOf('message')).toMatchObject({ from: you, text: 'hello' });
  });

  it('accepts guests without a token', async () => {
    const { you, tokenExpiresAt } = await sendRequest(await openWith(), { action: 'ping' });
    expect(you.userId).toMatch(/^g-/);
    expect(tokenExpiresAt).toBeUndefined();
  });

  it.each<[string, () => Promise<string[]>, number]>([
    ['a forged token', async () => [`token.${(await issuer.sign()).slice(0, -4)}AAAA`], 401],
    ['an expired token', async () => [`token.${await issuer.sign({ exp: inSeconds(-5) })}`], 401],
    ['a token for another audience', async () => [`token.${await issuer.sign({ aud: 'another' })}`], 401],
    [
      'a token from another issuer',
      async () => [`token.${await issuer.sign({ iss: 'https://a.example' })}`],
      401,
    ],
    ['an oversized token', async () => [`token.${'x'.repeat(8193)}`], 400],
    [
      'two tokens',
      async () => [`token.${await issuer.sign()}`, `token.${await issuer.sign({ sub: 'b' })}`],
      400,
    ],
    [
      'a token and a guest secret',
      async () => [`token.${await issuer.sign()}`, `guest.${'x'.repeat(22)}`],
      400,
    ],
  ])('rejects %s at the handshake', async (_, credentials, status) => {
    await expect(openWith(...(await credentials()))).rejects.toMatchObject({ status });
  });

  /** Returns the rows of a user's connections. */
  const rowsOf = async (userId: string) =>
    (await stack.scan('ConnectionsTable')).filter((row) => row.userId === userId);

  itWithTables('expires the rows of a connection with the token or the refreshed token', async () => {
    const exp = inSeconds(600);
    const client = await openWith(`token.${await issuer.sign({ sub: 'refreshing', exp })}`);
    const { you } = await sendRequest(client, { action: 'createRoom' });
    expect((await rowsOf(you.userId)).map(({ expiresAt }) => expiresAt)).toEqual([exp, exp]);

    const token = await issuer.sign({ sub: 'refreshing', exp: exp + 600 });
    expect(await sendRequest(client, { action: 'refreshToken', token })).toEqual({
      type: 'tokenRefreshed',
      tokenExpiresAt: new Date((exp + 600) * 1000).toISOString(),
    });
    expect((await rowsOf(you.userId)).map(({ expiresAt }) => expiresAt)).toEqual([exp + 600, exp + 600]);
  });

  itWithTables('limits the expiry of rows to the maximum duration of a connection', async () => {
    const client = await openWith(`token.${await issuer.sign({ sub: 'long', exp: inSeconds(86_400) })}`);
    const { you } = await sendRequest(client, { action: 'createRoom' });
    const latest = inSeconds(3 * 3600);
    const isLimited = (await rowsOf(you.userId)).map(({ expiresAt }) => Number(expiresAt) < latest);
    expect(isLimited).toEqual([true, true]);
  });

  itWithTables('delivers nothing to a connection after its token expires, and closes it', async () => {
    const guest = await openWith();
    const { room } = await sendRequest(guest, { action: 'createRoom' });
    const client = await openWith(`token.${await issuer.sign({ sub: 'expiring' })}`);
    const { you } = await sendRequest(client, { action: 'joinRoom', room });
    for (const { connectionId, room } of await rowsOf(you.userId))
      await stack.update('ConnectionsTable', { connectionId, room }, { expiresAt: inSeconds(-1) });

    await waitForIndex(stack);
    await sendMessage(guest, room, 'after the expiry');
    expect(await guest.nextOf('message')).toMatchObject({ text: 'after the expiry' });
    client.send({ action: 'sendmessage', id: 'late', room, text: 'too late' });
    expect(await client.nextOf('error', 'late')).toMatchObject(rejection('unauthenticated'));
    await eventually(async () => client.closed);
    expect(client.frames.map((frame) => JSON.parse(frame).type)).not.toContain('message');
  });

  it("rejects another user's token, and closes the connection after an invalid token", async () => {
    const client = await openWith(`token.${await issuer.sign({ sub: 'ada' })}`);
    const token = await issuer.sign({ sub: 'bob' });
    expect(await sendRequest(client, { action: 'refreshToken', token })).toMatchObject(
      rejection('forbidden'),
    );
    client.send({ action: 'refreshToken', id: '2', token: 'forged' });
    expect(await client.nextOf('error', '2')).toMatchObject(rejection('unauthenticated'));
    await eventually(async () => client.closed);
  });
});
