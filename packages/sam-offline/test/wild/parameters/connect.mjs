import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';

/** Calls Parameter Store without an SDK. */
async function readParameter(name) {
  const region = process.env.AWS_REGION;
  const response = await fetch(`https://ssm.${region}.amazonaws.com/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.GetParameter',
      authorization: `AWS4-HMAC-SHA256 Credential=${process.env.AWS_ACCESS_KEY_ID}/20260101/${region}/ssm/aws4_request`,
    },
    body: JSON.stringify({ Name: name }),
  });
  return (await response.json()).Parameter.Value;
}

export const handler = async (event) => {
  const { eventType, domainName, stage, connectionId } = event.requestContext;
  if (eventType === 'CONNECT') {
    return { statusCode: event.headers.Origin === process.env.ORIGIN ? 200 : 403 };
  }
  const api = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
  const { USER, SHARED_KEY, SUBNETS } = process.env;
  const greeting = await readParameter(process.env.GREETING);
  const Data = JSON.stringify({ greeting, USER, SHARED_KEY, SUBNETS });
  await api.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data }));
  return { statusCode: 200 };
};
