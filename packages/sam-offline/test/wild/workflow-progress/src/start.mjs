import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';

const client = new SFNClient({});

export const handler = async ({ body, requestContext: { connectionId } }) => {
  const { numbers } = JSON.parse(body);
  const input = JSON.stringify({ numbers, connectionId });
  await client.send(new StartExecutionCommand({ stateMachineArn: process.env.STATE_MACHINE, input }));
  return { statusCode: 200 };
};
