import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/serverless-patterns, apigw-websocket-mapping-template-authorizer',
    url: 'https://serverlessland.com/patterns/apigw-websocket-mapping-template-authorizer',
  },
  async drive({ connect }) {
    await expect(connect()).rejects.toThrow('401');
    await expect(connect({ query: '?token=other' })).rejects.toThrow('403');
    const client = await connect({ query: '?token=token-of-ada' });
    client.send({ action: 'greet', name: '"Bob"', tags: ['a', 'b'] });
    expect(await client.receive()).toEqual({ greeting: 'Hello "Bob", from ada (3)', tags: ['a', 'b'] });
    client.send({ action: 'greet' });
    expect(await client.receive()).toEqual({ error: 'name is missing' });
  },
};

export default app;
