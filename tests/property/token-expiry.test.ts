import fc from 'fast-check';
import { refreshToken } from '../../chat/identity/extend-connection';
import { connect } from '../../chat/identity/open-connection';
import type { Claims } from '../../chat/identity/ports';
import { joinRoom } from '../../chat/members/join';
import { createRoom } from '../../chat/rooms/new-room';
import { createMemoryBackend, type Memory } from '../../testbed/memory';
import { delayCalls } from '../support/delayed-calls';

const SCHEDULES = Number(process.env.REVOCATION_SCHEDULES ?? 200);
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const PORTS = ['connections', 'log', 'standings', 'presence'] as const;
const CONNECTION = 'c1';
/** Expiry of the first and the second token, in epoch seconds. */
const FIRST = Date.parse('2026-01-25T19:40:00Z') / 1000;
const SECOND = FIRST + 3600;
const claims = (exp: number): Claims => ({ iss: 'https://issuer.example', sub: 'ada', name: 'Ada', exp });
const TOKENS: Readonly<Record<string, Claims>> = { first: claims(FIRST), second: claims(SECOND) };

/** A user with a token is in one room, and two other rooms exist. */
async function setUp() {
  const clock = { now: FIRST * 1000 - 60_000 };
  const { memory, deps: ports } = createMemoryBackend(clock);
  hideExpiredRecords(memory, clock);
  const deps = {
    ...ports,
    now: () => clock.now,
    tokens: { verify: async (token: string) => TOKENS[token] as Claims },
  };
  const request = { connectionId: CONNECTION, sourceIp: '192.0.2.1', query: {} };
  await connect(deps, { ...request, subprotocols: ['roomcast.v1', 'token.first'] });
  const rooms = [];
  while (rooms.length < 3) rooms.push(await createRoom(deps, CONNECTION, {}));
  const [joined = '', ...others] = rooms.map(({ room }) => room);
  memory.rows.clear();
  memory.connectionSets.clear();
  await joinRoom(deps, CONNECTION, { room: joined });
  return { memory, deps, clock, others };
}

/** As the adapter for DynamoDB, which does not return a record that has expired. */
function hideExpiredRecords({ connections, log, records }: Memory, clock: { now: number }): void {
  const { find } = connections;
  const { readSender } = log;
  const isOpen = () => (records.get(CONNECTION)?.tokenExpiresAt ?? 0) > clock.now;
  connections.find = async (id) => (isOpen() ? find(id) : undefined);
  log.readSender = async (id, room) => {
    const view = await readSender(id, room);
    return isOpen() ? view : { ...view, connection: undefined };
  };
}

describe('a connection whose token expires while it joins rooms', () => {
  const counts = { joins: 0, refusedJoins: 0, refreshes: 0, refusedRefreshes: 0 };

  it.each<[string, string | undefined, boolean]>([
    ['with the first token', undefined, true],
    ['with the token that has replaced it', 'second', false],
    ['with the same token as its record if the replacement comes too late', 'second', true],
  ])('has memberships that expire %s, in every schedule', async (_, token, expires) => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { memory, deps, clock, others } = await setUp();
        const concurrent = delayCalls(deps, PORTS, scheduler);
        const joins = others.map((room) => joinRoom(concurrent, CONNECTION, { room }));
        const refreshes = token === undefined ? [] : [refreshToken(concurrent, CONNECTION, { token })];
        const expire = async () => {
          await scheduler.schedule(Promise.resolve(), 'expiry');
          clock.now = FIRST * 1000;
        };
        await scheduler.waitFor(Promise.allSettled([...joins, ...refreshes, ...(expires ? [expire()] : [])]));
        const expiry = memory.records.get(CONNECTION)?.tokenExpiresAt;
        const rows = [...memory.rows.values()];
        expect(rows.map((row) => row.tokenExpiresAt)).toEqual(rows.map(() => expiry));
        const refreshed = (await Promise.allSettled(refreshes)).map(({ status }) => status === 'fulfilled');
        expect(expiry).toBe((refreshed.includes(true) ? SECOND : FIRST) * 1000);
        const joined = (await Promise.allSettled(joins)).filter(({ status }) => status === 'fulfilled');
        counts.joins += joined.length;
        counts.refusedJoins += joins.length - joined.length;
        counts.refreshes += refreshed.filter(Boolean).length;
        counts.refusedRefreshes += refreshed.filter((isDone) => !isDone).length;
      }),
      { numRuns: SCHEDULES, seed: SEED },
    );
  });

  it('has joined, been refused and refreshed its token in some schedules', () => {
    expect(Object.values(counts).every((count) => count > 0)).toBe(true);
  });
});
