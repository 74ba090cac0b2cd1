import { readFile } from 'node:fs/promises';
import { ApiGatewayManagementApi } from '@aws-sdk/client-apigatewaymanagementapi';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

const secret = await new SecretsManagerClient().send(
  new GetSecretValueCommand({ SecretId: process.env.SECRET }),
);
// The current directory is the folder of the code, not of this file.
const { end } = JSON.parse(await readFile('./texts/marks.json', 'utf8'));

export const handler = async ({ body, requestContext: { domainName, stage, connectionId } }) => {
  const api = new ApiGatewayManagementApi({ endpoint: `https://${domainName}/${stage}` });
  const { name } = JSON.parse(body);
  await api.postToConnection({ ConnectionId: connectionId, Data: `${secret.SecretString}, ${name}${end}` });
  return { statusCode: 200 };
};
