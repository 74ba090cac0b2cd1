import { eventually } from '../../testbed/client';
import { type StackUnderTest, stackUnderTest, withTables } from '../support/stack';
import { Wscat } from '../support/wscat';

describe('plain mode with wscat', () => {
  let stack: StackUnderTest;
  beforeAll(async () => {
    stack = await stackUnderTest();
  });
  afterAll(() => stack.stop());

  /** Waits until the connections have `count` rows. Does nothing without access to the tables. */
  const expectRows = async (count: number, ...connectionIds: unknown[]) => {
    if (!withTables) return;
    await eventually(async () => {
      const rows = await stack.scan('ConnectionsTable');
      return rows.filter(({ connectionId }) => connectionIds.includes(connectionId)).length === count;
    });
  };

  it('supports the conversation from the tutorials', async () => {
    const [one, two] = [Wscat.open(stack.wsUrl), Wscat.open(stack.wsUrl)];
    const [first, second] = [await one.waitForConnection(), await two.waitForConnection()];
    await expectRows(4, first, second);

    one.type('{"action":"sendmessage","message":"hello, everyone!"}');
    await Promise.all([one.waitForText('hello, everyone!'), two.waitForText('hello, everyone!')]);

    two.type('{"action":"sendMessage","message":"hello from terminal1"}');
    await Promise.all([one.waitForText('hello from terminal1'), two.waitForText('hello from terminal1')]);

    two.type('{"action":"sendMessage","Message":"hi"}');
    await Promise.all([one.waitForText('hi'), two.waitForText('hi')]);

    one.type('test');
    const help = await one.waitForText('"connectionID":"');
    expect(help).toMatch(
      /Use the sendmessage route to send a message\. Your info: \{"ConnectedAt":"[^"]+Z","Identity":\{"SourceIp":"[\da-f.:]+","UserAgent":null\},"LastActiveAt":"[^"]+Z","connectionID":"[^"]+"\}/,
    );
    expect(help).toContain(`"connectionID":"${first}"`);
    // The format of API Gateway connection IDs. AWS does not document it.
    if (stack.local) expect(first).toMatch(/^[^"]{15}=$/);

    await one.interrupt();
    await expectRows(0, first);
    await expectRows(2, second);
    await two.interrupt();
    await expectRows(0, second);
  });
});
