import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  paginateQuery,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Connections } from '../../chat/members/ports';
import { EVERYONE } from '../../chat/rooms/room-keys';
import type { Membership } from '../../chat/types';
import { CONDITION_FAILED, ifConditionHolds, reasonsIfConditionFailed } from './errors';
import { connectionKey, rowExpiry, toMembership } from './items';
import { admissionActions, membershipRow, recordAction } from './join-actions';

type Memberships = Pick<
  Connections,
  'addMembership' | 'setMembershipRole' | 'extendMembership' | 'removeMembership' | 'listMemberships'
>;

/** Stores a row for each room of a connection, in the same table as the connection records. */
export function createMemberships(
  client: DynamoDBDocumentClient,
  TableName: string,
  chatTable: string,
): Memberships {
  return {
    async addMembership(membership, plain, admission) {
      const requireRecord = recordAction(TableName, membership, plain);
      const write = new TransactWriteCommand({
        TransactItems: [
          requireRecord,
          { Put: { TableName, Item: membershipRow(membership) } },
          ...admissionActions(chatTable, admission),
        ],
      });
      // A client that reconnects joins all of its rooms at once. Each join updates the same record, so transactions can
      // conflict.
      const reasons = await reasonsIfConditionFailed(client.send(write));
      if (!reasons) return 'added';
      if (reasons[0]?.Code !== CONDITION_FAILED) return 'not-admitted';
      if (!reasons[0].Item) return 'no-record';
      return plain ? 'moved' : 'too-many-rooms';
    },

    async setMembershipRole(connectionId, room, role, standingVersion) {
      const update = new UpdateCommand({
        TableName,
        Key: connectionKey(connectionId, room),
        UpdateExpression: 'SET #role = :role, standingVersion = :version',
        ConditionExpression:
          'attribute_exists(connectionId) AND (attribute_not_exists(standingVersion) OR standingVersion < :version)',
        ExpressionAttributeNames: { '#role': 'role' }, // a reserved word
        ExpressionAttributeValues: { ':role': role, ':version': standingVersion },
      });
      await ifConditionHolds(client.send(update));
    },

    async extendMembership({ connectionId, room, joinedAt }, tokenExpiresAt) {
      const update = new UpdateCommand({
        TableName,
        Key: connectionKey(connectionId, room),
        UpdateExpression: 'SET expiresAt = :expiresAt',
        ConditionExpression: 'attribute_exists(connectionId)',
        ExpressionAttributeValues: { ':expiresAt': rowExpiry(joinedAt, tokenExpiresAt) },
      });
      await ifConditionHolds(client.send(update));
    },

    async removeMembership(connectionId, room, joinedAt) {
      const remove = new DeleteCommand({
        TableName,
        Key: connectionKey(connectionId, room),
        ...(joinedAt === undefined
          ? {}
          : {
              ConditionExpression: 'joinedAt = :joinedAt',
              ExpressionAttributeValues: { ':joinedAt': joinedAt },
            }),
      });
      await ifConditionHolds(client.send(remove));
    },

    async listMemberships(connectionId) {
      const memberships: Membership[] = [];
      const pages = paginateQuery(
        { client },
        {
          TableName,
          KeyConditionExpression: 'connectionId = :id',
          ExpressionAttributeValues: { ':id': connectionId },
          ConsistentRead: true,
        },
      );
      for await (const { Items = [] } of pages) {
        memberships.push(...Items.filter(({ room }) => room !== EVERYONE).map(toMembership));
      }
      return memberships;
    },
  };
}
