import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/serverless-patterns, apigw-websocket-ack-connect-route',
    url: 'https://github.com/aws-samples/serverless-patterns/tree/main/apigw-websocket-ack-connect-route',
  },
  async drive({ connect }) {
    const client = await connect();
    client.send({ type: 'quiet', a: 1, b: 1 });
    client.send({ type: 'add', a: 1, b: 2 });
    expect(await client.receive()).toEqual({ sum: 3, stage: 'first' });
    client.send({ type: 'add', a: 'x' });
    expect(await client.receive()).toMatchObject({ message: 'Internal server error' });
  },
};

export default app;
