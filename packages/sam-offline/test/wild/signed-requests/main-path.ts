import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: { name: 'mhart/aws4, examples of signed requests', url: 'https://github.com/mhart/aws4' },
  async drive({ connect, scan }) {
    const client = await connect();
    client.send({ action: 'note', text: 'buy milk' });
    expect(await client.receive()).toBe('saved: buy milk');
    expect(await scan('Notes')).toEqual([{ id: { S: expect.any(String) }, text: { S: 'buy milk' } }]);
  },
};

export default app;
