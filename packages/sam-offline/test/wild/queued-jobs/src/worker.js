const {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} = require('@aws-sdk/client-apigatewaymanagementapi');

async function run({ body, attributes }) {
  const { connectionId, endpoint, number } = JSON.parse(body);
  if (number < 0) throw new Error('Only positive numbers');
  const api = new ApiGatewayManagementApiClient({ endpoint });
  const Data = JSON.stringify({ square: number ** 2, attempt: attributes.ApproximateReceiveCount });
  await api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data }));
}

exports.handler = async ({ Records }) => {
  const batchItemFailures = [];
  for (const record of Records) {
    try {
      await run(record);
    } catch {
      batchItemFailures.push({ itemIdentifier: record.messageId });
    }
  }
  return { batchItemFailures };
};
