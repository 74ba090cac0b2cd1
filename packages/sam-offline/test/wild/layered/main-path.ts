import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/aws-serverless-airline-booking',
    url: 'https://github.com/aws-samples/aws-serverless-airline-booking',
  },
  async drive({ connect, scan, runtime }) {
    const client = await connect();
    client.send({ action: 'greet', name: 'Ada' });
    expect(await client.receive()).toEqual({ text: 'Hello, Ada!' });
    expect(await scan('People')).toMatchObject([{ name: { S: 'Ada' } }]);
    expect(runtime.app.support.findings).toEqual([]);
  },
};

export default app;
