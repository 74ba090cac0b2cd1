import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/simple-websockets-chat-app',
    url: 'https://github.com/aws-samples/simple-websockets-chat-app',
  },
  async drive({ connect, scan, until, runtime }) {
    const [ada, bob] = [await connect(), await connect()];
    ada.send({ message: 'publish', data: 'hello' });
    expect(await Promise.all([ada.receive(), bob.receive()])).toEqual(['hello', 'hello']);
    await bob.close();
    await until(async () => (await scan('Connections')).length === 1);
    const unsupported = runtime.app.support.resources.filter(({ support }) => support === 'unsupported');
    expect(unsupported.map(({ logicalId }) => logicalId)).toEqual(['WebBucket']);
  },
};

export default app;
