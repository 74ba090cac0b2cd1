import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/serverless-patterns, apigw-websocket-api-sqs-lambda',
    url: 'https://github.com/aws-samples/serverless-patterns/tree/main/apigw-websocket-api-sqs-lambda',
  },
  async drive({ connect, runtime, queues, until }) {
    const client = await connect();
    client.send({ action: 'submit', number: 3 });
    expect(await client.receive()).toEqual({ square: 9, attempt: '1' });
    client.send({ action: 'submit', number: -1 });
    await until(async () => (await queues()).Jobs === 1);
    await runtime.clock.advance(61_000);
    await until(async () => {
      await runtime.clock.advance(61_000);
      return (await queues()).FailedJobs === 1;
    });
  },
};

export default app;
