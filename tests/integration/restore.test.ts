import { randomUUID } from 'node:crypto';
import { DeleteCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { connect } from '../../chat/identity/open-connection';
import { joinRoom } from '../../chat/members/join';
import { changeMessage } from '../../chat/messages/change';
import { history } from '../../chat/messages/read-history';
import { type SendResult, sendMessage } from '../../chat/messages/send';
import { createRoom } from '../../chat/rooms/new-room';
import { restoreItems } from '../../scripts/admin/restore/restore-items';
import { createMemoryBackend } from '../../testbed/memory';
import { startTables } from '../../testbed/tables';

type Tables = Awaited<ReturnType<typeof startTables>>;
type Item = Record<string, unknown>;

const [ID_OF_A, ID_OF_X] = [randomUUID(), randomUUID()] as const;

/** Starts a conversation of one user in one room. */
async function startConversation(tables: Tables, room?: string) {
  const { connections, log, standings, invites, directRooms, presence } = tables;
  const stores = { connections, log, standings, invites, directRooms, presence };
  const { deps: memory } = createMemoryBackend();
  const unlimited = { perSecond: 1000, burst: 10_000 };
  const limits = { ...memory.limits, message: unlimited, request: unlimited };
  const deps = { ...memory, ...stores, limits, now: Date.now };
  const connectionId = randomUUID();
  const query = { guest: `guest-secret-of-user-${connectionId}` };
  const source = { connectionId, sourceIp: '192.0.2.1', query, subprotocols: ['roomcast.v1'] };
  await connect(deps, source);
  const joined = room
    ? await joinRoom(deps, connectionId, { room })
    : await createRoom(deps, connectionId, {});
  const send = async (text: string, clientMsgId = randomUUID(), more: object = {}): Promise<SendResult> =>
    sendMessage(deps, connectionId, { room: joined.room, text, clientMsgId, ...more });
  return {
    ...{ room: joined.room, epoch: joined.epoch, send },
    sendAll: async (texts: string) => {
      for (const text of texts) await send(text);
    },
    delete: (seq: number) => changeMessage(deps, 'deleteMessage', connectionId, { room: joined.room, seq }),
    resume: (lastSeq: number, epoch = joined.epoch) =>
      joinRoom(deps, connectionId, { room: joined.room, resume: { epoch, lastSeq } }),
    async read() {
      const page = await history(deps, connectionId, { room: joined.room });
      const texts = page.messages.map(({ text }) => text || '-').join('');
      const references = page.messages.map(({ target, replyTo }) => target ?? replyTo);
      return { references, epoch: page.epoch, texts, seqs: page.messages.map(({ seq }) => seq) };
    },
  };
}

describe('a restore of the chat table', () => {
  /** The table of the stack, and the table that DynamoDB would restore. */
  let [live, restored] = [] as unknown as [Tables, Tables];

  beforeEach(async () => {
    [live, restored] = await Promise.all([startTables(), startTables()]);
  });
  afterEach(() => Promise.all([live.stop(), restored.stop()]));

  const scan = async ({ client, chatTable: TableName }: Tables): Promise<Item[]> => {
    const items: Item[] = [];
    for await (const page of paginateScan({ client }, { TableName, ConsistentRead: true }))
      items.push(...(page.Items ?? []));
    return items;
  };
  /** Copies the live table, like a restore to the current time. */
  const takeCopy = async () => {
    for (const item of await scan(live)) await restored.access.put('ChatTable', item);
  };
  /** Deletes the selected items, like an operator's mistake. */
  const damage = async (isLost: (item: Item) => boolean) => {
    const lost = (await scan(live)).filter(isLost);
    expect(lost).not.toEqual([]);
    for (const { pk, sk } of lost)
      await live.client.send(new DeleteCommand({ TableName: live.chatTable, Key: { pk, sk } }));
  };
  const isEntry = ({ sk }: Item, from = 1, to = Number.POSITIVE_INFINITY) =>
    String(sk).startsWith('entry#') &&
    Number(String(sk).slice(-15)) >= from &&
    Number(String(sk).slice(-15)) <= to;
  /** Runs the restore and returns its findings. */
  const restore = async (apply = true) => {
    const findings: string[] = [];
    const toTable = ({ client, chatTable }: Tables) => ({ client, chatTable });
    const missing = await restoreItems({ restored: toTable(restored), live: toTable(live) }, apply, {
      onRoom: (room, finding) => findings.push(`${room}: ${finding}`),
      onPage: () => undefined,
    });
    return [...findings, ...[...missing].map(([kind, count]) => `${kind}: ${count}`)];
  };

  it('changes nothing if no items are missing or --apply is not set', async () => {
    const { sendAll } = await startConversation(live);
    await sendAll('abc');
    await takeCopy();
    await sendAll('d');
    const before = await scan(live);
    expect(await restore()).toEqual([]);
    expect(await scan(live)).toEqual(before);
    await damage((item) => isEntry(item, 2) || item.sk === 'session');
    const damaged = await scan(live);
    expect(await restore(false)).not.toEqual([]);
    expect(await scan(live)).toEqual(damaged);
  });

  it('fills gaps below the head without a new epoch', async () => {
    const { room, epoch, sendAll, read, resume } = await startConversation(live);
    await sendAll('abcd');
    await takeCopy();
    await sendAll('e');
    await damage((item) => isEntry(item, 2, 3));
    expect(await restore()).toEqual([`${room}: 2 entries are missing`]);
    expect(await read()).toMatchObject({ epoch, texts: 'abcde', seqs: [1, 2, 3, 4, 5] });
    expect(await resume(1)).toMatchObject({ recovered: true, headSeq: 5 });
    expect(await restore()).toEqual([]);
  });

  it('continues a log with a new epoch if the end is missing, so that clients cannot resume in the earlier epoch', async () => {
    const { room, epoch, sendAll, read, resume } = await startConversation(live);
    await sendAll('abcd');
    await takeCopy();
    await sendAll('e'); // acknowledged, but not in the copy
    await damage((item) => isEntry(item, 3));
    await sendAll('xy');
    expect(await restore()).toEqual([
      `${room}: 2 entries are missing; the log continues with a new epoch, and with 2 entries added since`,
    ]);
    const continued = { epoch: `${epoch}.1`, texts: 'abcdxy', seqs: [1, 2, 3, 4, 5, 6] };
    expect(await read()).toMatchObject(continued);
    expect(await resume(5)).toMatchObject({ recovered: false, headSeq: 6 });
    expect(await resume(4, `${epoch}.1`)).toMatchObject({
      recovered: true,
      messages: [{ text: 'x' }, { text: 'y' }],
    });
    await sendAll('z');
    expect(await restore()).toEqual([]);
    expect(await read()).toMatchObject({ texts: 'abcdxyz' });
  });

  it('restores a missing room and its roles, even if all items are missing', async () => {
    const { room, epoch, sendAll, read, send } = await startConversation(live);
    await sendAll('abc');
    await live.standings.replace({ room, epoch }, 'g-1', { role: 'moderator', version: 0 });
    await takeCopy();
    await damage(() => true);
    await expect(send('d')).rejects.toMatchObject({ type: expect.stringContaining('unknown-room') });
    const findings = await restore();
    expect(findings).toContain('roles and bans: 1');
    expect(findings).toContain('sessions: 1');
    await sendAll('d');
    expect(await read()).toMatchObject({ texts: 'abcd', seqs: [1, 2, 3, 4] });
    expect((await read()).epoch).not.toBe(epoch);
    expect(await live.standings.read({ room, epoch }, 'g-1')).toMatchObject({ role: 'moderator' });
    expect(await restore()).toEqual([]);
  });

  it('merges the restored lobby with a lobby that was created after the loss', async () => {
    const ada = await startConversation(live, 'lobby');
    await ada.sendAll('abc');
    await takeCopy();
    await damage(() => true);
    const bob = await startConversation(live, 'lobby');
    await bob.sendAll('xy');
    await restore();
    await bob.sendAll('z');
    expect(await bob.read()).toMatchObject({ texts: 'abcxyz', seqs: [1, 2, 3, 4, 5, 6] });
    expect(await restore()).toEqual([]);
  });

  it('does not restore the messages of an earlier room if another room has taken its number', async () => {
    const { room, sendAll, read } = await startConversation(live);
    await sendAll('abc');
    await takeCopy();
    await damage(({ pk }) => pk === `room#${room}`);
    const stranger = { room, epoch: 'another-room', seq: 0, shards: 1, lastTs: 0 };
    expect(await live.log.insertRoom(stranger)).toBe(true);
    expect(await restore()).toContain(`${room}: another room has this number: not restored`);
    expect(await read()).toMatchObject({ epoch: 'another-room', texts: '' });
  });

  it('does not restore a message that was deleted after the copy', async () => {
    const { sendAll, read, delete: deleteAt } = await startConversation(live);
    await sendAll('abc');
    await takeCopy();
    await deleteAt(1);
    await damage((item) => isEntry(item, 1, 2));
    await restore();
    expect(await read()).toMatchObject({ texts: '-bc-' });
  });

  it('updates the references of messages and deletions that were added after the loss', async () => {
    const { sendAll, send, read, delete: deleteAt } = await startConversation(live);
    await sendAll('abc');
    await takeCopy();
    await damage((item) => isEntry(item, 2));
    await sendAll('xy');
    await send('r', randomUUID(), { replyTo: 3 });
    await send('s', randomUUID(), { replyTo: 1 });
    await deleteAt(2);
    await restore();
    const references = [undefined, undefined, undefined, undefined, undefined, 5, 1, 4];
    expect(await read()).toMatchObject({ texts: 'abc-yrs-', references });
  });

  it('recognizes a repeated message at its new position', async () => {
    const { sendAll, send, read } = await startConversation(live);
    await send('a', ID_OF_A);
    await sendAll('b');
    await takeCopy();
    await damage((item) => isEntry(item) || item.sk === 'send');
    await send('x', ID_OF_X);
    await restore();
    expect(await send('x', ID_OF_X)).toMatchObject({ duplicate: true, entry: { seq: 3 } });
    expect(await send('a', ID_OF_A)).toMatchObject({ duplicate: true, entry: { seq: 1 } });
    expect(await read()).toMatchObject({ texts: 'abx' });
  });

  it.each([
    ['the end of the log is missing', 2, '-ba'],
    ['the log has a gap', 1, '-bca'],
  ])(
    'keeps only one copy of a message that was lost and sent again before the restore, if %s',
    async (_, last, texts) => {
      const { sendAll, send, read } = await startConversation(live);
      await send('a', ID_OF_A);
      await sendAll('b');
      await takeCopy();
      if (last === 1) await sendAll('c');
      await damage((item) => isEntry(item, 1, last) || item.sk === 'send');
      expect(await send('a', ID_OF_A)).toMatchObject({ duplicate: false });
      await restore();
      expect(await read()).toMatchObject({ texts });
      expect(await send('a', ID_OF_A)).toMatchObject({ duplicate: true, entry: { seq: texts.length } });
      expect(await restore()).toEqual([]);
    },
  );

  it('neither loses nor reorders messages that are sent during the restore', async () => {
    const { sendAll, read, send } = await startConversation(live);
    await sendAll('abcdefgh');
    await takeCopy();
    await damage((item) => isEntry(item, 4));
    let isRestored = false;
    const acknowledged: string[] = [];
    const chat = async () => {
      for (let code = 0; !isRestored; code += 1) {
        const text = String.fromCharCode(65 + (code % 26));
        await send(text);
        acknowledged.push(text);
      }
    };
    const finished = chat();
    await restore();
    isRestored = true;
    await finished;
    // A history request returns the last 100 messages.
    expect((await read()).texts).toBe(`abcdefgh${acknowledged.join('')}`.slice(-100));
    expect(await restore()).toEqual([]);
  });

  it('can be repeated after an interruption at any write', async () => {
    const { sendAll, send, read } = await startConversation(live);
    await send('a', ID_OF_A);
    await sendAll('bcd');
    await takeCopy();
    await damage((item) => isEntry(item, 3));
    await sendAll('xy');
    let [writes, allowed, runs] = [0, 0, 0];
    live.client.middlewareStack.add(
      (next, { commandName = '' }) =>
        (args) => {
          if (/^(Put|TransactWrite|Delete)/.test(commandName) && ++writes > allowed)
            throw new Error('Interrupted');
          return next(args);
        },
      { step: 'initialize', name: 'interrupt' },
    );
    for (let isRestored = false; !isRestored; allowed += 1) {
      writes = 0;
      runs += 1;
      isRestored = await restore().then(
        () => true,
        () => false,
      );
    }
    expect(runs).toBeGreaterThan(3);
    live.client.middlewareStack.remove('interrupt');
    await restore();
    expect(await read()).toMatchObject({ texts: 'abcdxy', seqs: [1, 2, 3, 4, 5, 6] });
    expect(await restore()).toEqual([]);
    expect(await send('a', ID_OF_A)).toMatchObject({ duplicate: true, entry: { seq: 1 } });
  });
});
