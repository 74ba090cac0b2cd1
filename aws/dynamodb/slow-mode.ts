import { PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Turn, Turns } from '../../chat/messages/ports';
import { isClaimed } from './append';
import { itemOfFailedCondition } from './errors';
import { slowModeItem } from './items';
import type { Tables } from './tables';

/** Stores when users may send their next message in rooms with slow mode, in the chat table. */
export function createTurns(tables: Tables): Turns {
  return { takeTurn: (message, nextSendAt) => takeTurn(tables, message, nextSendAt) };
}

async function takeTurn(tables: Tables, message: Turn, nextSendAt: number): Promise<number | undefined> {
  const { client, chatTable: TableName } = tables;
  const { clientMsgId } = message;
  if (clientMsgId !== undefined && (await isClaimed(tables, message, clientMsgId))) return undefined;
  const Item = slowModeItem(message, nextSendAt);
  const put = new PutCommand({
    TableName,
    Item,
    // Another attempt with the same `clientMsgId` may be in progress, or may have failed before it claimed a position.
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
