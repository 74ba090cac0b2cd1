import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'Amazon API Gateway Developer Guide, WebSocket API with an AWS integration',
    url: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-step-functions-tutorial.html',
  },
  async drive({ connect }) {
    const client = await connect();
    client.send({ service: 'math', action: 'sum', data: { numbers: [1, 2, 39], note: "it's" } });
    expect(await client.receive()).toEqual({ status: 'SUCCEEDED', total: 42 });
    client.send({ service: 'math', action: 'other' });
    expect(await client.receive()).toMatchObject({ message: 'Forbidden' });
  },
};

export default app;
