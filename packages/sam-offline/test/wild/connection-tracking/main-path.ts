import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/serverless-patterns, apigw-websocket-api-lambda',
    url: 'https://github.com/aws-samples/serverless-patterns/tree/main/apigw-websocket-api-lambda',
  },
  template: 'template.yml',
  async drive({ connect, scan, until }) {
    const client = await connect();
    expect(await scan('Table')).toEqual([
      { connectionId: { S: expect.any(String) }, ttl: expect.anything() },
    ]);
    client.send({ action: 'post', data: 'echo' });
    expect(await client.receive()).toBe('echo');
    client.send({ action: 'unknown' });
    expect(await client.receive()).toMatchObject({ message: 'Forbidden' });
    await client.close();
    await until(async () => (await scan('Table')).length === 0);
  },
};

export default app;
