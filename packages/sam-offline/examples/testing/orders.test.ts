import { type SamApp, startSam } from 'sam-offline';

let app: SamApp;
beforeAll(async () => {
  app = await startSam({ template: `${__dirname}/template.yaml` });
});
afterAll(() => app?.stop());

test('stores an order for one hour, and publishes an event', async () => {
  const client = await app.websocket.connect();
  client.send({ action: 'order', id: '7' });
  expect(await client.nextJson()).toEqual({ placed: '7' });

  const { detail } = await app.events.waitFor({ source: ['orders'], 'detail-type': ['OrderPlaced'] });
  expect(detail).toEqual({ id: '7' });

  const orders = app.table<{ id: string; expiresAt: number }>('Orders');
  expect(await orders.items()).toEqual([{ id: '7', expiresAt: expect.any(Number) }]);
  await app.clock.advance('61m');
  expect(await orders.items()).toEqual([]);
});
