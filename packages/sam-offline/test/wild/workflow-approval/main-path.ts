import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/step-functions-workflows-collection',
    url: 'https://github.com/aws-samples/step-functions-workflows-collection',
  },
  async drive({ fetch, scan, until }) {
    const statusOf = async (id: string) =>
      (await scan('Requests')).find((item) => item.id?.S === id)?.status?.S;
    for (const [id, decision, status] of [
      ['r1', 'approve', 'approved by Ann'],
      ['r2', 'reject', 'rejected by Ann'],
    ] as const) {
      expect((await fetch(`/requests/${id}`, { method: 'POST' })).status).toBe(202);
      await until(async () => (await statusOf(id)) === 'waiting');
      expect((await fetch(`/requests/${id}/${decision}`, { method: 'PUT' })).status).toBe(204);
      await until(async () => (await statusOf(id)) !== 'waiting');
      expect(await statusOf(id)).toBe(status);
    }
  },
};

export default app;
