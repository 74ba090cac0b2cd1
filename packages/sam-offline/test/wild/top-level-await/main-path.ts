import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'AWS Compute Blog, Using Node.js ES modules and top-level await in AWS Lambda',
    url: 'https://aws.amazon.com/blogs/compute/using-node-js-es-modules-and-top-level-await-in-aws-lambda/',
  },
  async drive({ connect }) {
    const client = await connect();
    client.send({ action: 'greet', name: 'Ada' });
    expect(await client.receive()).toBe('Hello, Ada!');
  },
};

export default app;
