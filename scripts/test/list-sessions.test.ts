import { createBroadcasts } from '../../aws/dynamodb/broadcasts';
import { RETENTION_DAYS, startTables } from '../../testbed/tables';
import { listSessions } from '../admin/sessions/list-sessions';

const DAY_MS = 24 * 3600 * 1000;
// Sessions need recent dates, because expired sessions are not listed.
const noon = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS / 2;

describe('sessions and broadcasts in the chat table', () => {
  let tables: Awaited<ReturnType<typeof startTables>>;
  const list = async (range: Partial<Parameters<typeof listSessions>[2]> = {}) => {
    await tables.waitForIndexes();
    return listSessions(tables.documents, tables.chatTable, { limit: 100, days: 3, now: noon, ...range });
  };
  const open = (connectionId: string, connectedAt: number) =>
    tables.connections.open(
      { connectionId, userId: `g-${connectionId}`, username: 'Ada', protocol: 'plain', connectedAt },
      undefined,
    );

  beforeEach(async () => {
    tables = await startTables();
  });
  afterEach(() => tables.stop());

  it('lists the newest sessions first, within the limit and the number of days', async () => {
    await open('today-1', noon - 2000);
    await open('yesterday', noon - DAY_MS);
    await open('today-2', noon - 1000);
    await open('before', noon - 2 * DAY_MS);
    await open('long ago', noon - 3 * DAY_MS);
    const ids = async (range = {}) => (await list(range)).map(({ connectionId }) => connectionId);
    expect(await ids()).toEqual(['today-2', 'today-1', 'yesterday', 'before']);
    expect(await ids({ limit: 3 })).toEqual(['today-2', 'today-1', 'yesterday']);
    expect(await ids({ limit: 1 })).toEqual(['today-2']);
    expect(await ids({ days: 1 })).toEqual(['today-2', 'today-1']);
    expect(await ids({ now: noon + 30 * DAY_MS })).toEqual([]);
  });

  it('reads more than one page of the index', async () => {
    await Promise.all(Array.from({ length: 130 }, (_, n) => open(`c${n}`, noon + n)));
    const sessions = await list({ limit: 120 });
    expect(sessions).toHaveLength(120);
    expect([sessions[0]?.connectionId, sessions[119]?.connectionId]).toEqual(['c129', 'c10']);
  });

  it('returns the latest broadcast that each session received', async () => {
    const { connections } = tables;
    const broadcasts = createBroadcasts(tables.documents, tables.chatTable, RETENTION_DAYS);
    await open('closed', noon);
    await open('here', noon + 10);
    const keep = async (text: string, ts: number) => {
      const before = await broadcasts.readBudget();
      const sent = { messageId: `01${text}`, text, ts };
      expect(await broadcasts.store(sent, { before, after: ts + 1000 })).toBe(true);
    };
    await keep('first', noon + 20);
    await connections.recordDisconnect('closed', noon + 30);
    await keep('second', noon + 40);
    await open('late', noon + 50);
    expect(await list()).toEqual([
      { connectionId: 'late', userId: 'g-late', username: 'Ada', connectionTime: noon + 50 },
      {
        connectionId: 'here',
        userId: 'g-here',
        username: 'Ada',
        connectionTime: noon + 10,
        latestBroadcast: 'second',
        latestBroadcastTime: noon + 40,
      },
      {
        connectionId: 'closed',
        userId: 'g-closed',
        username: 'Ada',
        connectionTime: noon,
        disconnectTime: noon + 30,
        latestBroadcast: 'first',
        latestBroadcastTime: noon + 20,
      },
    ]);
  });

  it('stores only one of several broadcasts that are charged to the same budget concurrently', async () => {
    const broadcasts = createBroadcasts(tables.documents, tables.chatTable, RETENTION_DAYS);
    const keep = (messageId: string) =>
      broadcasts.store({ messageId, text: messageId, ts: noon }, { before: undefined, after: noon + 1000 });
    const kept = await Promise.all(['a', 'b', 'c'].map(keep));
    expect(kept.filter(Boolean)).toHaveLength(1);
    expect(await broadcasts.readBudget()).toBe(noon + 1000);
    await open('early', noon - 1);
    expect((await list())[0]?.latestBroadcast).toBe(['a', 'b', 'c'][kept.indexOf(true)]);
  });

  it('rejects if storing a broadcast fails for a different reason', async () => {
    tables.faults.add({ service: 'dynamodb', action: 'TransactWriteItems', kind: 'fail', times: 1 });
    const broadcast = { messageId: 'a', text: 'a', ts: noon };
    const stored = createBroadcasts(tables.documents, tables.chatTable, RETENTION_DAYS).store(broadcast, {
      before: undefined,
      after: 1,
    });
    await expect(stored).rejects.toThrow('ServiceUnavailable');
  });
});
