import { disconnect } from '../../chat/identity/close-connection';
import { connect } from '../../chat/identity/open-connection';
import { createRejectionSample } from '../../chat/limits/charge-action';
import { joinRoom } from '../../chat/members/join';
import type { ChatEvent } from '../../chat/protocol/events';
import { describeAtLength } from '../../testbed/at-length';

import { startTables } from '../../testbed/tables';

const CLIENTS = Number(process.env.RECONNECT_CLIENTS ?? 12);
const ROOMS_PER_CLIENT = 10;
const ROOMS = 25;
const SEED = Number(process.env.SEED ?? 1);

const roomNames = Array.from({ length: ROOMS }, (_, index) => String(300_000_000 + index));
/** Returns the rooms of a client. They are consecutive, so that many clients join each room. */
const roomsOf = (client: number) =>
  Array.from({ length: ROOMS_PER_CLIENT }, (_, index) => roomNames[(client + index) % ROOMS] as string);
const clients = Array.from({ length: CLIENTS }, (_, index) => index);

describeAtLength(`${CLIENTS} clients that concurrently reconnect to ${ROOMS_PER_CLIENT} rooms each`, () => {
  let tables: Awaited<ReturnType<typeof startTables>>;

  beforeAll(async () => {
    tables = await startTables(SEED);
  });
  afterAll(() => tables.stop());

  it(
    'joins all rooms of each client, with correct member counts',
    async () => {
      const { connections, log, invites, presence, standings, positions, budgets } = tables;
      const published: ChatEvent[] = [];
      const deps = {
        connections,
        log,
        presence,
        standings,
        positions,
        budgets,
        invites,
        bus: { publish: async (event: ChatEvent) => void published.push(event) },
        allowedOrigins: ['*'],
        guests: 'full' as const,
        guestSecretInUrl: 'off' as const,
        tokens: undefined,
        hashAddress: async () => 'one address',
        limits: {
          message: { perSecond: 10, burst: 20 },
          request: { perSecond: 10, burst: 300 },
          failedJoin: { perSecond: 1, burst: 50 }, // a join counts as an attempt until it succeeds
          guestsPerAddress: 10_000,
          connectionsPerUser: 50,
          connectionsPerAddress: 10_000,
        },
        noticeThreshold: 0,
        now: Date.now,
        sampleRejection: createRejectionSample(),
        onNoticeFailed: (error: unknown) => {
          throw error;
        },
      };
      for (const room of roomNames) await log.insertRoom({ room, epoch: 'e', seq: 0, shards: 1, lastTs: 0 });
      const open = async (connectionId: string, client: number) => {
        const subprotocols = ['roomcast.v1', `guest.secret-of-the-client-${client}`];
        await connect(deps, { connectionId, sourceIp: '192.0.2.1', subprotocols, query: {} });
        const joins = roomsOf(client).map((room) => joinRoom(deps, connectionId, { room }));
        return Promise.all(joins);
      };

      const first = await Promise.all(clients.map((client) => open(`first-${client}`, client)));
      // All connections fail at the same time. Each client reconnects while its old connection is cleaned up.
      const [second] = await Promise.all([
        Promise.all(clients.map((client) => open(`second-${client}`, client))),
        Promise.all(clients.map((client) => disconnect(deps, `first-${client}`, Date.now()))),
      ]);

      for (const replies of [first, second]) {
        expect(replies.flat().filter(({ type }) => type !== 'joined')).toEqual([]);
        expect(replies.map((joined) => joined.map(({ room }) => room))).toEqual(clients.map(roomsOf));
      }
      for (const room of roomNames) {
        const expected = clients.filter((client) => roomsOf(client).includes(room)).length;
        expect([room, await presence.countMembers(room)]).toEqual([room, expected]);
      }
      for (const client of clients) {
        const rooms = (await connections.listMemberships(`second-${client}`)).map(({ room }) => room);
        expect(rooms).toEqual(roomsOf(client).sort());
        expect(await connections.listMemberships(`first-${client}`)).toEqual([]);
      }
      process.stdout.write(`${tables.conflicts()} transaction conflicts with seed ${SEED}\n`);
      expect(tables.conflicts()).toBeGreaterThan(0);
    },
    300_000 + CLIENTS * 3000,
  );
});
