import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Turn } from '../../chat/ports';
import { isClaimed } from './claims';
import { itemOfFailedCondition } from './errors';
import { slowModeItem } from './items';

/** Takes a sender's turn in slow mode: see `RoomLog.takeTurn`. */
export async function takeTurn(
  client: DynamoDBDocumentClient,
  TableName: string,
  message: Turn,
  nextSendAt: number,
): Promise<number | undefined> {
  const { clientMsgId } = message;
  if (clientMsgId !== undefined && (await isClaimed(client, TableName, message, clientMsgId)))
    return undefined;
  const Item = slowModeItem(message, nextSendAt);
  const put = new PutCommand({
    TableName,
    Item,
    // An attempt with the same `clientMsgId` may be ongoing, or may have failed before it claimed a position.
    ConditionExpression: `attribute_not_exists(pk) OR nextSendAt <= :now${clientMsgId === undefined ? '' : ' OR clientMsgId = :id'}`,
    ExpressionAttributeValues: {
      ':now': message.ts,
      ...(clientMsgId === undefined ? {} : { ':id': Item.clientMsgId }),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await client.send(put);
    return undefined;
  } catch (error) {
    return itemOfFailedCondition(error).nextSendAt;
  }
}
