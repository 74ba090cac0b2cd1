import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/serverless-patterns',
    url: 'https://github.com/aws-samples/serverless-patterns',
  },
  async drive({ fetch, scan, until }) {
    const items = [{ name: 'pen' }, { name: 'ink' }];
    const body = JSON.stringify({ order: 'o-1', total: 120, items });
    expect((await fetch('/orders', { method: 'POST', body })).status).toBe(202);
    await until(async () => (await scan('Log')).length === 2);
    const log = Object.fromEntries((await scan('Log')).map((item) => [item.id?.S, item]));
    expect(log['o-1']).toMatchObject({
      total: { N: '120' },
      size: { S: 'large' },
      type: { S: 'Order Placed' },
    });
    expect(log['audit-o-1']).toMatchObject({ keys: { S: 'order,total,items' } });
    const [message] = (await (await fetch('/shipments')).json()) as object[];
    expect(message).toMatchObject({ text: 'pen and more of order "o-1"', items });
    expect((message as { rule: string }).rule).toContain('ToShipments');
  },
};

export default app;
