import { createMemoryBackend } from '../../testbed/memory';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { leaveRoom } from '../members/leave';

const ROOMS = ['483920117', '483920118'] as const;
const SEEDS = Array.from({ length: 80 }, (_, seed) => seed);

/** Returns a pseudo-random number below `limit` (mulberry32). */
function createRandom(seed: number) {
  let state = seed;
  return (limit: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) % limit;
  };
}

/** Delays each call of a port by a few turns of the event loop, so that each seed produces a different interleaving. */
function delayed<T extends object>(port: T, random: (limit: number) => number, tick: () => void): T {
  return new Proxy(port, {
    get: (target, name) => {
      const method = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      return async (...args: unknown[]) => {
        for (let turns = random(4); turns > 0; turns -= 1)
          await new Promise((resolve) => setImmediate(resolve));
        tick();
        return method.apply(target, args);
      };
    },
  });
}

async function setUp(seed: number, subprotocols: string[]) {
  const { memory, clock, deps } = createMemoryBackend();
  for (const room of ROOMS) memory.rooms.set(room, { room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
  await connect(deps, { connectionId: 'c1', sourceIp: '192.0.2.1', query: {}, subprotocols });
  const random = createRandom(seed);
  const tick = () => {
    clock.now += 1;
  };
  const slow = {
    ...deps,
    connections: delayed(deps.connections, random, tick),
    log: delayed(deps.log, random, tick),
    presence: delayed(deps.presence, random, tick),
  };
  return { memory, deps, slow };
}

/** Requires that the presence of every room matches its membership rows. */
function expectAgreement(memory: ReturnType<typeof createMemoryBackend>['memory']) {
  for (const room of [...ROOMS, 'lobby']) {
    const isMember = memory.rows.has(`c1 ${room}`);
    const inSet = [...memory.connectionSets].some(
      ([key, set]) => key.startsWith(`${room} `) && set.has('c1'),
    );
    expect({ room, inSet, count: memory.counts.get(room) ?? 0 }).toEqual({
      room,
      inSet: isMember,
      count: isMember ? 1 : 0,
    });
  }
}

describe('concurrent requests of one connection', () => {
  it.each(SEEDS)('leave and join a room with correct counts (seed %i)', async (seed) => {
    const { memory, deps, slow } = await setUp(seed, ['roomcast.v1']);
    const [room] = ROOMS;
    await joinRoom(deps, 'c1', { room });
    const results = await Promise.allSettled([
      leaveRoom(slow, 'c1', { room }),
      joinRoom(slow, 'c1', { room }),
      joinRoom(slow, 'c1', { room }),
      leaveRoom(slow, 'c1', { room }),
    ]);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason.type).toMatch(/^(room-busy|unknown-room)$/);
    expectAgreement(memory);
  });

  it.each(SEEDS)(
    'put a plain connection that joins several rooms in exactly one of them (seed %i)',
    async (seed) => {
      const { memory, slow } = await setUp(seed, []);
      const joins = [...ROOMS, 'lobby'].map((room) => joinRoom(slow, 'c1', { room }));
      for (const result of await Promise.allSettled(joins))
        if (result.status === 'rejected') expect(result.reason.type).toBe('room-busy');
      expect([...memory.rows.keys()]).toEqual([`c1 ${memory.records.get('c1')?.plainRoom}`]);
      expectAgreement(memory);
    },
  );
});
