import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';

const { BUS, QUEUE, TABLE } = process.env;
const bus = new EventBridgeClient({});
const database = new DynamoDBClient({});
const queues = new SQSClient({});

export const publish = async ({ body }) => {
  const entry = { EventBusName: BUS, Source: 'shop', DetailType: 'Order Placed', Detail: body };
  await bus.send(new PutEventsCommand({ Entries: [entry] }));
  return { statusCode: 202 };
};

export const receive = async () => {
  const { Messages = [] } = await queues.send(
    new ReceiveMessageCommand({ QueueUrl: QUEUE, WaitTimeSeconds: 2 }),
  );
  return Messages.map(({ Body }) => JSON.parse(Body));
};

export const note = async (detail) => {
  const Item = { id: { S: `audit-${detail.order}` }, keys: { S: Object.keys(detail).join() } };
  await database.send(new PutItemCommand({ TableName: TABLE, Item }));
};
