const { SQSClient, SendMessageCommand } = require('@aws-sdk/client-sqs');

const sqs = new SQSClient({});

exports.handler = async ({ body, requestContext: { connectionId, domainName, stage } }) => {
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: process.env.QUEUE_URL,
      MessageBody: JSON.stringify({
        ...JSON.parse(body),
        connectionId,
        endpoint: `https://${domainName}/${stage}`,
      }),
      MessageGroupId: connectionId,
    }),
  );
  return { statusCode: 200 };
};
