import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';

const { STATE_MACHINE, TABLE } = process.env;
const database = new DynamoDBClient({});
const workflows = new SFNClient({});

export const request = async ({ pathParameters: { id } }) => {
  const input = JSON.stringify({ id });
  await workflows.send(new StartExecutionCommand({ stateMachineArn: STATE_MACHINE, name: id, input }));
  return { statusCode: 202 };
};

export const ask = async ({ id, token }) => {
  const Item = { id: { S: id }, token: { S: token }, status: { S: 'waiting' } };
  await database.send(new PutItemCommand({ TableName: TABLE, Item }));
};

export const decide = async ({ pathParameters: { id, decision } }) => {
  const { Item } = await database.send(new GetItemCommand({ TableName: TABLE, Key: { id: { S: id } } }));
  const taskToken = Item.token.S;
  const command =
    decision === 'approve'
      ? new SendTaskSuccessCommand({ taskToken, output: JSON.stringify({ by: 'Ann' }) })
      : new SendTaskFailureCommand({ taskToken, error: 'Rejected', cause: 'rejected by Ann' });
  await workflows.send(command);
  return { statusCode: 204 };
};
