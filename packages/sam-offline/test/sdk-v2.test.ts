import { join } from 'node:path';
import { runApp } from './wild/support';

/** Installs SDK v2 into the cache of the user. This requires 100 MB of disk space and network access. */
(process.env.LONG ? describe : describe.skip)('a function with a runtime that contains SDK v2', () => {
  it('reaches tables and clients with 128 MB of memory', async () => {
    await runApp(join(__dirname, 'fixtures/sdk-v2'), {
      inTheMannerOf: {
        name: 'aws-samples/simple-websockets-chat-app',
        url: 'https://github.com/aws-samples/simple-websockets-chat-app',
      },
      options: { install: true },
      async drive({ connect }) {
        const [ada, bob] = [await connect(), await connect()];
        ada.send({ text: 'hello' });
        const messages = await Promise.all([ada.receive(), bob.receive()]);
        expect(messages).toEqual([{ text: 'hello' }, { text: 'hello' }]);
      },
    });
  });
});
