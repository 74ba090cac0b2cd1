import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startSam } from 'sam-offline';

let app;
before(async () => {
  app = await startSam({ template: `${import.meta.dirname}/template.yaml` });
});
after(() => app?.stop());

test('stores an order for one hour, and publishes an event', async () => {
  const client = await app.websocket.connect();
  client.send({ action: 'order', id: '7' });
  assert.deepEqual(await client.nextJson(), { placed: '7' });

  const { detail } = await app.events.waitFor({ source: ['orders'], 'detail-type': ['OrderPlaced'] });
  assert.deepEqual(detail, { id: '7' });

  const orders = app.table('Orders');
  assert.equal((await orders.items()).length, 1);
  await app.clock.advance('61m');
  assert.deepEqual(await orders.items(), []);
});
