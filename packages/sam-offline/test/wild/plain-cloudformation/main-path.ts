import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'AWS::ApiGatewayV2::Api in the CloudFormation User Guide',
    url: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-chat-app.html',
  },
  template: 'template.json',
  async drive({ connect, scan, until, runtime }) {
    await expect(connect()).rejects.toThrow('403');
    const client = await connect({ query: '?pass=open' });
    client.send('not JSON');
    await until(async () => (await scan('Visits')).length === 1);
    expect(await scan('Visits')).toMatchObject([{ text: { S: 'not JSON' } }]);
    expect(runtime.app.support.findings).toMatchObject([
      { kind: 'warning', path: 'Resources.Unprotected.Properties' },
    ]);
  },
};

export default app;
