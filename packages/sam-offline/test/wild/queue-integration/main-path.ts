import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'awslabs/aws-solutions-constructs, aws-apigatewayv2websocket-sqs',
    url: 'https://github.com/awslabs/aws-solutions-constructs/tree/main/source/patterns/%40aws-solutions-constructs/aws-apigatewayv2websocket-sqs',
  },
  async drive({ connect }) {
    const client = await connect();
    client.send({ job: 'resize & crop' });
    const replies = [await client.receive(), await client.receive()];
    expect(replies).toContainEqual({ accepted: expect.stringMatching(/^[\w-]{36}$/) });
    expect(replies).toContainEqual({ done: 'resize & crop' });
  },
};

export default app;
