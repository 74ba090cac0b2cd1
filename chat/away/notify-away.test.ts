import { createMemoryBackend } from '../../testbed/memory';
import { disconnect } from '../identity/close-connection';
import { connect } from '../identity/open-connection';
import { joinRoom } from '../members/join';
import { markRead } from '../members/mark-read';
import { sendMessage } from '../messages/send';
import { moderate } from '../moderation/moderation-actions';
import type { ChatEvent } from '../protocol/events';
import { createRoom } from '../rooms/new-room';
import type { Room } from '../types';
import { notifyAway } from './notify-away';

const BOBS_SECRET = 'guest.bobs-secret-0123456789';

/** Creates a room of Ada, which Bob follows. Bob is away. */
async function setUp(kind?: 'invite' | 'direct') {
  const { memory, clock, deps } = createMemoryBackend();
  const open = (connectionId: string, ...more: string[]) =>
    connect(deps, { connectionId, sourceIp: '192.0.2.1', query: {}, subprotocols: ['roomcast.v1', ...more] });
  await open('ada');
  const { userId: bob } = await open('bob', BOBS_SECRET);
  const { room } = await createRoom(deps, 'ada', {
    ...(kind === undefined ? {} : { kind }),
    ...(kind === 'direct' ? { with: bob } : { name: 'Kitchen' }),
  });
  if (kind === 'invite') {
    const { invite } = (await moderate(deps, 'invite', 'ada', { room })) as { invite: string };
    await joinRoom(deps, 'bob', { room, invite });
  } else if (kind === undefined) await joinRoom(deps, 'bob', { room });
  const device = {
    endpoint: 'https://push.example/1',
    keys: { p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) },
  };
  if (kind !== 'direct') await moderate(deps, 'follow', 'bob', { room, on: true, device });
  const goAway = () => disconnect(deps, 'bob', clock.now, undefined);
  const comeBack = async () => {
    await open('bob', BOBS_SECRET);
    await joinRoom(deps, 'bob', { room });
  };
  /** Ada sends a message. Returns its event. */
  const send = async () => {
    memory.published.length = 0;
    await sendMessage(deps, 'ada', { room, text: 'hello' });
    return memory.published.find(({ type }) => type === 'MessageSent') as ChatEvent<'MessageSent'>;
  };
  /** Delivers an event if the rule matches it. Returns the published events. */
  const deliver = async ({ detail }: ChatEvent<'MessageSent'>) => {
    memory.published.length = 0;
    if (detail.followed) await notifyAway(deps, detail);
    return memory.published.filter(({ type }) => type === 'MessageMissed') as ChatEvent<'MessageMissed'>[];
  };
  const change = (attributes: Partial<Room>) =>
    memory.rooms.set(room, { ...(memory.rooms.get(room) as Room), ...attributes });
  await goAway();
  return { memory, clock, deps, open, bob, room, goAway, comeBack, send, deliver, change };
}

describe('notifyAway', () => {
  it('publishes the message for a follower without connections, with the devices and without the text', async () => {
    const { bob, room, send, deliver } = await setUp();
    const sent = await send();
    const { epoch, seq, messageId, from, ts } = sent.detail;
    const [missed, ...others] = await deliver(sent);
    expect(others).toEqual([]);
    expect(missed?.detail).toEqual({
      ...{ version: 1, userId: bob, room, name: 'Kitchen', epoch, seq, messageId, from, ts },
      devices: [expect.objectContaining({ endpoint: 'https://push.example/1' })],
    });
  });

  it('publishes one message until the user joins the room again', async () => {
    const { comeBack, goAway, send, deliver } = await setUp();
    const first = await send();
    expect(await deliver(first)).toHaveLength(1);
    expect(await deliver(first)).toEqual([]);
    expect(await deliver(await send())).toEqual([]);
    await comeBack();
    expect(await deliver(await send())).toEqual([]);
    await goAway();
    expect(await deliver(await send())).toHaveLength(1);
  });

  it('publishes nothing for users who are connected, have read the message or have sent it', async () => {
    const { deps, bob, open, goAway, comeBack, room, send, deliver } = await setUp();
    await open('bob', BOBS_SECRET); // without joining the room
    expect(await deliver(await send())).toEqual([]);
    await comeBack();
    const sent = await send();
    await markRead(deps, 'bob', { room, seq: sent.detail.seq });
    await goAway();
    expect(await deliver(sent)).toEqual([]);
    await moderate(deps, 'follow', 'ada', { room, on: true });
    const own = await send();
    await disconnect(deps, 'ada', 0, undefined);
    expect(await deliver(own)).toMatchObject([{ detail: { userId: bob } }]);
  });

  it('notifies a user who comes back and goes away while the user is being notified', async () => {
    const { deps, comeBack, goAway, send, deliver } = await setUp();
    const { claim } = deps.absences;
    deps.absences = {
      ...deps.absences,
      claim: async (...claimed) => {
        await comeBack();
        return claim(...claimed);
      },
    };
    expect(await deliver(await send())).toEqual([]);
    deps.absences = { ...deps.absences, claim };
    await goAway();
    expect(await deliver(await send())).toHaveLength(1);
  });

  it('notifies the others if one fails, and then fails', async () => {
    const { deps, memory, open, room, send } = await setUp();
    const { userId: carol } = await open('carol');
    await joinRoom(deps, 'carol', { room });
    await moderate(deps, 'follow', 'carol', { room, on: true });
    await disconnect(deps, 'carol', 0, undefined);
    const sent = await send();
    memory.published.length = 0;
    memory.publishFailures = 1;
    await expect(notifyAway(deps, sent.detail)).rejects.toThrow('the bus is unavailable');
    expect(memory.published.map(({ detail }) => (detail as { userId?: string }).userId)).toEqual([carol]);
  });

  it.each([
    ['a user who is banned', undefined, { bannedUntil: Number.MAX_SAFE_INTEGER, version: 1 }],
    ['a user who has lost the role in an invite room', 'invite' as const, { version: 2 }],
  ])('publishes nothing for %s', async (_, kind, standing) => {
    const { deps, send, deliver } = await setUp(kind);
    const sent = await send();
    deps.standings = { ...deps.standings, read: async () => standing };
    expect(await deliver(sent)).toEqual([]);
  });

  it('publishes nothing for users who do not follow any more, or whose room was replaced', async () => {
    const { send, deliver, change } = await setUp();
    const sent = await send();
    change({ epoch: 'another' });
    expect(await deliver(sent)).toEqual([]);
    change({ epoch: sent.detail.epoch, followers: new Set() });
    expect(await deliver(sent)).toEqual([]);
    expect((await send()).detail).not.toHaveProperty('followed');
  });
});

describe('notifyAway in direct rooms', () => {
  it('notifies the other user, unless the user has blocked the sender', async () => {
    const { bob, send, deliver, change } = await setUp('direct');
    change({ blockedBy: new Set([bob]) });
    expect(await deliver(await send())).toEqual([]);
    change({ blockedBy: new Set() });
    expect(await deliver(await send())).toMatchObject([
      { detail: { userId: bob, kind: 'direct', devices: [] } },
    ]);
  });

  it('returns the number of notified users', async () => {
    const { deps, open, room, send } = await setUp();
    await open('carol');
    await joinRoom(deps, 'carol', { room });
    await moderate(deps, 'follow', 'carol', { room, on: true });
    const sent = await send(); // Carol is connected
    expect(await notifyAway(deps, sent.detail)).toBe(1);
    expect(await notifyAway(deps, sent.detail)).toBe(0);
  });

  it('returns 0 if another request has claimed the notification, or the user may not be notified', async () => {
    const { deps, send } = await setUp();
    const sent = await send();
    const { absences, standings } = deps;
    deps.absences = { ...absences, claim: async () => false };
    expect(await notifyAway(deps, sent.detail)).toBe(0);
    deps.absences = absences;
    deps.standings = {
      ...standings,
      read: async () => ({ bannedUntil: Number.MAX_SAFE_INTEGER, version: 1 }),
    };
    expect(await notifyAway(deps, sent.detail)).toBe(0);
  });

  it('publishes nothing for a room without followers', async () => {
    const { deps, memory, send, change } = await setUp();
    const sent = await send();
    change({ followers: undefined as never });
    memory.published.length = 0;
    expect(await notifyAway(deps, sent.detail)).toBe(0);
    expect(memory.published).toEqual([]);
  });

  it('limits how often strangers notify a user, but not acquaintances', async () => {
    const { memory, bob, send, deliver, change } = await setUp('direct');
    const notifications = async () => {
      memory.missed.clear();
      return (await deliver(await send())).length;
    };
    const counts: number[] = [];
    for (let message = 0; message < 5; message += 1) counts.push(await notifications());
    expect(counts).toEqual([1, 1, 1, 0, 0]);
    change({ openedBy: new Set([bob]) });
    expect(await notifications()).toBe(1);
  });

  it('is not invoked while both users are in the room', async () => {
    const { comeBack, goAway, send } = await setUp('direct');
    expect((await send()).detail.followed).toBe(true);
    await comeBack();
    expect((await send()).detail).not.toHaveProperty('followed');
    await goAway();
    expect((await send()).detail.followed).toBe(true);
  });
});
