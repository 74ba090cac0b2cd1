import type { WildApp } from '../support';

const HOUR_MS = 60 * 60_000;

const app: WildApp = {
  inTheMannerOf: {
    name: 'apopa57/aws, serverless/scheduled-lambda',
    url: 'https://github.com/apopa57/aws/tree/main/serverless/scheduled-lambda',
  },
  async drive({ connect, runtime }) {
    const client = await connect();
    await runtime.clock.advance(HOUR_MS);
    expect(await client.receive()).toEqual({ source: 'aws.events' });
    // Three days contain a weekday. The other messages are sent every hour.
    await runtime.clock.advance(72 * HOUR_MS);
    for (;;) {
      const { summaryAt } = (await client.receive()) as { summaryAt?: string };
      if (summaryAt === undefined) continue;
      // 17:00 in New York, with and without daylight saving time.
      expect(summaryAt).toMatch(/^2[12]:00:00Z$/);
      return;
    }
  },
};

export default app;
