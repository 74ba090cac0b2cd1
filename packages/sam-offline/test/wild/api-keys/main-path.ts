import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws/serverless-application-model, AWS::Serverless::WebSocketApi with ApiKeyRequired',
    url: 'https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-websocketapi.html',
  },
  async drive({ connect, runtime }) {
    await expect(connect()).rejects.toThrow('403');
    await expect(connect({ headers: { 'x-api-key': 'other' } })).rejects.toThrow('403');
    const client = await connect({ headers: { 'x-api-key': 'a-key-of-at-least-twenty-characters' } });
    client.send('hello');
    const key = runtime.app.outputs.find((output) => output.key === 'KeyId')?.value;
    expect(await client.receive()).toEqual({ key, region: 'north' });
  },
};

export default app;
