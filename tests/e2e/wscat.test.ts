import { eventually } from '../support/client';
import { describeLocally, type Stack, startStack } from '../support/stack';
import { Wscat } from '../support/wscat';

describeLocally(
  'two wscat sessions',
  'list of open sockets, and wscat prints nothing when it is connected',
  () => {
    let stack: Stack;
    beforeAll(async () => {
      stack = await startStack();
    });
    afterAll(() => stack.stop());

    it('hold the conversation of the tutorials', async () => {
      const one = Wscat.open(stack.wsUrl);
      const two = Wscat.open(stack.wsUrl);
      await eventually(async () => (await stack.connections()).length === 2);
      expect(await stack.scan('ConnectionsTable')).toHaveLength(4);

      one.type('{"action":"sendmessage","message":"hello, everyone!"}');
      await Promise.all([one.sees('hello, everyone!'), two.sees('hello, everyone!')]);

      two.type('{"action":"sendMessage","message":"hello from terminal1"}');
      await Promise.all([one.sees('hello from terminal1'), two.sees('hello from terminal1')]);

      two.type('{"action":"sendMessage","Message":"hi"}');
      await Promise.all([one.sees('hi'), two.sees('hi')]);

      one.type('test');
      const explanation = await one.sees('"connectionID":"');
      const rows = await stack.scan('ConnectionsTable');
      const connectionId = /"connectionID":"([^"]+)"/.exec(explanation)?.[1];
      expect(explanation).toMatch(
        /Use the sendmessage route to send a message\. Your info: \{"ConnectedAt":"[^"]+Z","Identity":\{"SourceIp":"127\.0\.0\.1","UserAgent":null\},"LastActiveAt":"[^"]+Z","connectionID":"[^"]{15}="\}/,
      );
      expect(rows.map((row) => row.connectionId)).toContain(connectionId);

      await one.interrupt();
      await eventually(async () => (await stack.scan('ConnectionsTable')).length === 2);
      await two.interrupt();
      await eventually(async () => (await stack.scan('ConnectionsTable')).length === 0);
    });
  },
);
