import { Client, eventually } from '../../testbed/client';
import { MAX_CLOCK_DIFFERENCE_MS } from '../support/clocks';
import { sendUntilReceived } from '../support/conversation';
import { itWithTables, type StackUnderTest, stackUnderTest } from '../support/stack';

/** Covers the plain mode table in the protocol reference. */
describe('plain mode', () => {
  let stack: StackUnderTest;
  const clients: Client[] = [];
  const open = async (query?: Record<string, string>) => {
    const client = await Client.open(stack.wsUrl, { query });
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    stack = await stackUnderTest();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
  });
  afterAll(async () => {
    await stack.stop();
  });

  itWithTables('stores the rows of a connection in the lobby, and deletes them on disconnect', async () => {
    const client = await open({ username: 'Ada' });
    const connectionId = await client.connectionId();
    const rowsOf = async () =>
      (await stack.scan('ConnectionsTable')).filter((row) => row.connectionId === connectionId);
    const rows = await rowsOf();
    expect(rows.map(({ room }) => room).sort()).toEqual(['@everyone', 'lobby']);
    expect(rows).toEqual(rows.map(() => expect.objectContaining({ username: 'Ada', protocol: 'plain' })));

    await client.close();
    await eventually(async () => (await rowsOf()).length === 0);
    const session = await eventually(async () =>
      (await stack.scan('ChatTable')).find(
        (item) => item.connectionId === connectionId && item.disconnectTime,
      ),
    );
    // Two functions with different clocks set these times.
    const connected = Number(session.connectionTime) - MAX_CLOCK_DIFFERENCE_MS;
    expect(Number(session.disconnectTime)).toBeGreaterThan(connected);
  });

  const sent: string[] = [];
  it.each([
    ['the tutorials', { action: 'sendmessage', message: 'hello, everyone!' }, 'hello, everyone!'],
    ['sendMessage', { action: 'sendMessage', message: 'hello from terminal1' }, 'hello from terminal1'],
    ['the field Message', { action: 'sendMessage', Message: 'hi' }, 'hi'],
    ['the field text', { action: 'sendmessage', text: 'hey' }, 'hey'],
    ['markup', { action: 'sendmessage', message: '<b>"\\n' }, '<b>"\\n'],
  ])('delivers the bare text to everyone, including the sender: %s', async (_, frame, text) => {
    const [ada, bob] = await Promise.all([open(), open()]);
    await sendUntilReceived(
      ada,
      [ada, bob],
      () => text,
      () => frame,
    );
    // A message may arrive more than once, even on connections that were opened later.
    sent.push(text);
    expect(sent).toEqual(expect.arrayContaining([...ada.frames, ...bob.frames]));
  });

  it.each(['test', '{"action":"dance"}', '{"message":"hi"}', '[]', '"sendmessage"', '{"action":7}'])(
    'replies to %s with the connection data, and sends the reply only to the sender',
    async (frame) => {
      const ada = await Client.open(stack.wsUrl, { headers: { 'User-Agent': 'test/1.0' } });
      clients.push(ada);
      const bob = await open();
      const connectionId = await ada.connectionId();
      ada.send(frame);
      const text = await ada.next((each) => each.startsWith('Use the'));
      const info = /^Use the sendmessage route to send a message\. Your info: (\{.*\})$/.exec(text)?.[1];
      const values = JSON.parse(info as string);
      expect(Object.keys(values)).toEqual(['ConnectedAt', 'Identity', 'LastActiveAt', 'connectionID']);
      expect(values).toMatchObject({
        Identity: {
          SourceIp: stack.local ? '127.0.0.1' : expect.stringMatching(/^[\d.]+$/),
          UserAgent: 'test/1.0',
        },
        connectionID: connectionId,
      });
      for (const time of [values.ConnectedAt, values.LastActiveAt]) {
        expect(new Date(time).toISOString()).toBe(time);
      }
      expect(bob.frames).not.toContain(text);
    },
  );

  it('returns null as the user agent if the client does not send one', async () => {
    const client = await open();
    client.send('test');
    expect(await client.next((frame) => frame.startsWith('Use the'))).toContain('"UserAgent":null');
  });
});
