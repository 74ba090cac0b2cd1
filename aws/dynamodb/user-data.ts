import { randomBytes } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { ScanPosition, UserData, UserRecord } from '../../chat/server-api/ports';
import { ifConditionHolds } from './errors';
import { expiresIn, isExpired, toEntry } from './items';
import { reactedMessage } from './reaction-items';
import type { Tables } from './tables';
import { indexInRoom, mentionsUser, type RecordType, toUserData, typeOfRecord } from './user-records';

/** The sender of entries whose user was erased. Guest IDs and the user IDs in tokens never have this prefix. */
export const ERASED_USER = { userId: 's-erased', username: 'Deleted user' };

const CURSOR_SECONDS = 3600;

type Item = Record<string, unknown>;
type ChatTable = Pick<Tables, 'client' | 'chatTable'>;

/**
 * Finds the data of users in the chat table. Does not read the connections table, because its rows expire within about two
 * hours.
 */
export function createUserData(tables: ChatTable): UserData {
  const { client, chatTable: TableName } = tables;
  return {
    async readPart(userId, after) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          TableName,
          ...mentionsUser(userId),
          ConsistentRead: true,
          ...(after ? { ExclusiveStartKey: after } : {}),
        }),
      );
      const records = Items.flatMap((item) => toRecord(tables, item, userId) ?? []);
      return { records, end: LastEvaluatedKey as ScanPosition | undefined };
    },

    async storeCursor(userId, position) {
      const cursor = randomBytes(16).toString('base64url');
      const expiresAt = expiresIn(CURSOR_SECONDS, Date.now());
      const Item = { ...cursorKey(cursor), scannedUser: userId, position, expiresAt };
      await client.send(new PutCommand({ TableName, Item }));
      return cursor;
    },

    async readCursor(userId, cursor) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: cursorKey(cursor), ConsistentRead: true }),
      );
      const isValid = Item?.scannedUser === userId && !isExpired(Item, Date.now());
      return isValid ? (Item?.position as ScanPosition) : undefined;
    },
  };
}

function cursorKey(cursor: string) {
  return { pk: `cursor#${cursor}`, sk: 'cursor' };
}

function toRecord(tables: ChatTable, item: Item, userId: string): UserRecord | undefined {
  const type = typeOfRecord(item, userId);
  if (!type) return undefined;
  return {
    data: toUserData(type, item, userId),
    ...(type === 'entry' ? { entry: toEntry(item) } : {}),
    ...(type === 'reaction' ? { reactedTo: reactedMessage(String(item.pk)) } : {}),
    position: { pk: String(item.pk), sk: String(item.sk) },
    erase: () => erase(tables, type, item, userId),
  };
}

/**
 * Erases a record. Each write is conditional or a deletion, so it has no effect if another request has already erased the
 * record.
 */
async function erase(
  { client, chatTable: TableName }: ChatTable,
  type: RecordType,
  item: Item,
  userId: string,
): Promise<void> {
  const { pk, sk } = item;
  const target = { TableName, Key: { pk, sk } };
  if (type === 'entry')
    await ifConditionHolds(client.send(new UpdateCommand({ ...target, ...scrub(item, userId) })));
  else if (type === 'addressBan')
    await ifConditionHolds(client.send(new UpdateCommand({ ...target, ...removeName(userId) })));
  else if (type === 'room')
    await ifConditionHolds(client.send(new UpdateCommand({ ...target, ...leave(item, userId) })));
  else {
    // Keep the item of a member who is still connected, because the counts of the room depend on it. It expires within about
    // two hours.
    const ifAbsent = sk === 'member' ? { ConditionExpression: 'attribute_not_exists(connections)' } : {};
    await ifConditionHolds(client.send(new DeleteCommand({ ...target, ...ifAbsent })));
  }
}

/** Returns the update that removes the text and the sender of an entry. A message without a text becomes void. */
function scrub({ kind }: Item, userId: string) {
  return {
    UpdateExpression:
      'SET userId = :erased, username = :name, #text = :none, kind = :kind REMOVE previousName, clientMsgId, connectionId, reactions, reactedAt',
    ConditionExpression: 'userId = :user',
    ExpressionAttributeNames: { '#text': 'text' }, // a reserved word
    ExpressionAttributeValues: {
      ':erased': ERASED_USER.userId,
      ':name': ERASED_USER.username,
      ':none': '',
      ':kind': kind === 'message' ? 'void' : kind,
      ':user': userId,
    },
  };
}

/**
 * Returns the update that removes the name of a user from the ban of an address. The ban remains, because it also applies to
 * other guests.
 */
function removeName(userId: string) {
  return {
    UpdateExpression: 'SET version = version + :one REMOVE bannedName, bannedWith',
    ConditionExpression: 'bannedWith = :user',
    ExpressionAttributeValues: { ':one': 1, ':user': userId },
  };
}

/**
 * Returns the update that removes a user from a room. The user is the owner, a follower, or one of the two users of a direct
 * room. The name of a direct room contains the names of its users, so the update also removes it.
 */
function leave(item: Item, userId: string) {
  const index = indexInRoom(item, userId);
  if (index < 0) return leaveAsOwnerOrFollower(item, userId);
  return {
    UpdateExpression: `SET #users[${index}] = :erased REMOVE #name DELETE openedBy :user, blockedBy :user, followers :user`,
    ConditionExpression: `#users[${index}] = :userId`,
    ExpressionAttributeNames: { '#users': 'users', '#name': 'name' },
    ExpressionAttributeValues: {
      ':erased': ERASED_USER.userId,
      ':user': new Set([userId]),
      ':userId': userId,
    },
  };
}

function leaveAsOwnerOrFollower(item: Item, userId: string) {
  if (item.owner !== userId)
    return {
      UpdateExpression: 'DELETE followers :user',
      ConditionExpression: 'contains(followers, :userId)',
      ExpressionAttributeValues: { ':user': new Set([userId]), ':userId': userId },
    };
  return {
    UpdateExpression: 'REMOVE #owner DELETE followers :user',
    ConditionExpression: '#owner = :userId',
    ExpressionAttributeNames: { '#owner': 'owner' },
    ExpressionAttributeValues: { ':user': new Set([userId]), ':userId': userId },
  };
}
