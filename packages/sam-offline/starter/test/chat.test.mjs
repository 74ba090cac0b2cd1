import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSam } from 'sam-offline';

let app;
before(async () => {
  app = await startSam({ template: `${import.meta.dirname}/../template.yaml` });
});
after(() => app?.stop());

test('sends a message to all clients', async () => {
  const ada = await app.websocket.connect();
  const bob = await app.websocket.connect();
  ada.send({ action: 'send', text: 'hello' });
  for (const client of [ada, bob]) assert.deepEqual(await client.nextJson(), { text: 'hello' });
  const response = await app.fetch('/connections');
  assert.deepEqual(await response.json(), { connections: 2 });
});
