// Starts the workflow that delivers a message.
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { endpointOf } from './post.mjs';

const workflows = new SFNClient({});

export async function handler({ body, requestContext }) {
  const { room, data } = JSON.parse(body);
  const input = JSON.stringify({ room, text: data, endpoint: endpointOf(requestContext) });
  await workflows.send(new StartExecutionCommand({ stateMachineArn: process.env.STATE_MACHINE, input }));
  return { statusCode: 200 };
}
