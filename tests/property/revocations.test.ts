import fc from 'fast-check';
import { connect } from '../../chat/identity/open-connection';
import { joinRoom } from '../../chat/members/join';
import { moderate } from '../../chat/moderation/moderation-actions';
import { createRoom } from '../../chat/rooms/new-room';
import { createMemoryBackend } from '../../testbed/memory';
import { delayCalls } from '../support/delayed-calls';

const SCHEDULES = Number(process.env.REVOCATION_SCHEDULES ?? 200);
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const PORTS = ['connections', 'log', 'standings', 'invites', 'presence'] as const;
const GUEST = 'guest-secret-of-mallory-0000';
const subprotocols = ['roomcast.v1'];

/** The actions that end a moderator's rights in an invite room. */
type Revocation = 'kick' | 'ban' | 'setRole';

/** Creates a user who is a moderator of an invite room on one connection and has two other connections. */
async function setUp() {
  const { memory, deps } = createMemoryBackend();
  const open = (connectionId: string, guest: string) =>
    connect(deps, { connectionId, sourceIp: '192.0.2.1', query: { guest }, subprotocols });
  await open('owner', 'guest-secret-of-owner-000000');
  const { room, epoch } = await createRoom(deps, 'owner', { kind: 'invite' });
  const { userId } = await open('first', GUEST);
  await deps.standings.replace({ room, epoch }, userId, { version: 0, role: 'moderator' });
  await joinRoom(deps, 'first', { room });
  for (const connectionId of ['second', 'third']) await open(connectionId, GUEST);
  // Simulates a lagging index, which does not list rows until their presence is stored.
  const { listConnections } = memory.presence;
  memory.presence.listConnections = async (ref, user) =>
    (await listConnections(ref, user)).filter((id) =>
      memory.connectionSets.get(`${room} ${userId}`)?.has(id),
    );
  return { memory, deps, room, userId };
}

async function revoke(scheduler: fc.Scheduler, revocation: Revocation) {
  const { memory, deps, room, userId } = await setUp();
  const concurrent = delayCalls(deps, PORTS, scheduler);
  const invitesAtEnd = { count: undefined as number | undefined };
  const fields = { kick: {}, ban: {}, setRole: { role: 'reader' } }[revocation];
  const requests = [
    moderate(concurrent, revocation, 'owner', { room, userId, ...fields }).then(() => {
      invitesAtEnd.count = memory.storedInvites.size;
    }),
    moderate(concurrent, 'invite', 'first', { room }),
    moderate(concurrent, 'invite', 'first', { room }),
    ...['first', 'second', 'third'].map((connectionId) => joinRoom(concurrent, connectionId, { room })),
  ];
  const settled = Promise.allSettled(requests);
  await scheduler.waitFor(settled);
  const rows = [...memory.rows.values()].filter((row) => row.room === room && row.userId === userId);
  return { memory, room, userId, rows, invitesAtEnd, outcomes: await settled };
}

describe('a user with revoked rights', () => {
  const happened = { joins: 0, refusedJoins: 0, invites: 0 };

  it.each<Revocation>(['kick', 'ban'])(
    'is no longer in the room after a %s in every schedule',
    async (revocation) => {
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), async (scheduler) => {
          const { memory, room, userId, rows, invitesAtEnd, outcomes } = await revoke(scheduler, revocation);
          expect(rows).toEqual([]);
          expect([...(memory.connectionSets.get(`${room} ${userId}`) ?? [])]).toEqual([]);
          expect(memory.storedInvites.size).toBe(invitesAtEnd.count);
          expect(outcomes[0]?.status).toBe('fulfilled');
          const joins = outcomes.slice(3).filter(({ status }) => status === 'fulfilled').length;
          happened.joins += joins;
          happened.refusedJoins += 3 - joins;
          happened.invites += memory.storedInvites.size;
        }),
        { numRuns: SCHEDULES, seed: SEED },
      );
    },
  );

  it('has the new role on every connection after setRole in every schedule', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { memory, rows, invitesAtEnd } = await revoke(scheduler, 'setRole');
        expect(rows.map(({ role }) => role)).toEqual(rows.map(() => 'reader'));
        expect(memory.storedInvites.size).toBe(invitesAtEnd.count);
      }),
      { numRuns: SCHEDULES, seed: SEED },
    );
  });

  it('joins, is rejected, and creates invites in some schedules', () => {
    expect(Object.values(happened).every((count) => count > 0)).toBe(true);
  });
});

describe('a revoked invite', () => {
  const USES = 5;
  const counts = { joined: 0, refused: 0 };

  it('admits no users after the revocation in every schedule', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const { memory, deps, room } = await setUp();
        const { invite, inviteId } = (await moderate(deps, 'invite', 'owner', {
          room,
          uses: USES,
        })) as Record<string, unknown>;
        const guests = ['guest 1', 'guest 2', 'guest 3'];
        for (const connectionId of guests)
          await connect(deps, { connectionId, sourceIp: '192.0.2.1', query: {}, subprotocols });
        let usedBefore: number | undefined;
        const { revoke: revokeInvite } = memory.invites;
        memory.invites.revoke = async (ref, hash) => {
          usedBefore = USES - (memory.storedInvites.get(hash)?.usesLeft ?? 0);
          return revokeInvite(ref, hash);
        };
        const concurrent = delayCalls({ ...deps, invites: memory.invites }, PORTS, scheduler);
        const joins = guests.map((connectionId) => joinRoom(concurrent, connectionId, { room, invite }));
        const settled = Promise.allSettled([
          moderate(concurrent, 'revokeInvite', 'owner', { room, inviteId }),
          ...joins,
        ]);
        await scheduler.waitFor(settled);
        const joined = (await Promise.allSettled(joins)).filter(
          ({ status }) => status === 'fulfilled',
        ).length;
        expect((await settled)[0]?.status).toBe('fulfilled');
        expect(guests.filter((connectionId) => memory.rows.has(`${connectionId} ${room}`))).toHaveLength(
          joined,
        );
        expect(joined).toBe(usedBefore);
        counts.joined += joined;
        counts.refused += guests.length - joined;
      }),
      { numRuns: SCHEDULES, seed: SEED },
    );
    expect(Object.values(counts).every((count) => count > 0)).toBe(true);
  });
});
