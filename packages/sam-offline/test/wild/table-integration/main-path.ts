import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws/aws-cdk, WebSocketAwsIntegration with a table',
    url: 'https://github.com/aws/aws-cdk/tree/main/packages/aws-cdk-lib/aws-apigatewayv2-integrations',
  },
  async drive({ connect, scan }) {
    const client = await connect({ query: '?name=Ada' });
    expect(await scan('Items')).toMatchObject([{ name: { S: 'Ada' } }]);
    client.send({ action: 'put', id: 7, data: 'a "quoted" text' });
    expect(await client.receive()).toEqual({ stored: true });
    expect(await scan('Items')).toContainEqual({
      id: { S: 'item:7' },
      owner: { S: expect.stringMatching(/=$/) },
      data: { S: 'a "quoted" text' },
    });
    client.send({ action: 'put', id: 7, data: 'again' });
    expect(await client.receive()).toEqual({
      stored: false,
      type: expect.stringContaining('ConditionalCheckFailedException'),
    });
    client.send({ action: 'delete', id: 'item:7' });
    expect(await client.receive()).toMatchObject({
      message: expect.stringMatching(
        /assumed-role\/.*ApiRole.* is not authorized to perform: dynamodb:DeleteItem/,
      ),
    });
  },
};

export default app;
