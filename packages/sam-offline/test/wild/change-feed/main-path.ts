import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'MengLinMaker/reconnecting-websockets-on-AWS',
    url: 'https://github.com/MengLinMaker/reconnecting-websockets-on-AWS',
  },
  async drive({ connect, runtime, scan, until }) {
    const client = await connect();
    client.send({ action: 'write', text: 'hello' });
    expect(await client.receive()).toEqual({ eventName: 'INSERT', text: 'hello' });
    // The filter drops the change, so the next message is the deletion by TTL.
    await until(async () => (await scan('Notes')).some(({ edited }) => edited !== undefined));
    await runtime.clock.advance(2 * 60 * 60 * 1000);
    expect(await client.receive()).toEqual({
      eventName: 'REMOVE',
      text: 'hello',
      by: 'dynamodb.amazonaws.com',
    });
  },
};

export default app;
