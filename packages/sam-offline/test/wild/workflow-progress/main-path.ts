import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'juliankrispel/websockets-step-functions',
    url: 'https://github.com/juliankrispel/websockets-step-functions',
  },
  async drive({ connect }) {
    const client = await connect();
    client.send({ action: 'start', numbers: [3, 4] });
    expect(await client.receive()).toEqual({ index: 0, square: 9 });
    expect(await client.receive()).toEqual({ index: 1, square: 16 });
    expect(await client.receive()).toEqual({ sum: 25, count: 2 });
  },
};

export default app;
