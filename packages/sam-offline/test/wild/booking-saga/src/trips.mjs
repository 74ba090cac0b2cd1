import { SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';

const client = new SFNClient({});

export const book = async ({ body }) => {
  const command = new StartSyncExecutionCommand({ stateMachineArn: process.env.STATE_MACHINE, input: body });
  const { status, output, error, cause } = await client.send(command);
  return status === 'SUCCEEDED'
    ? JSON.parse(output)
    : { statusCode: 409, body: JSON.stringify({ error, cause }) };
};

export const bookFlight = async (trip) => {
  if (trip !== 'full') return { flight: `XY-${trip}` };
  const error = new Error('No seat is left.');
  error.name = 'SoldOut';
  throw error;
};
