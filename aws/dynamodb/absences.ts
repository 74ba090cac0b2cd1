import { randomUUID } from 'node:crypto';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Absences, MissedMessage } from '../../chat/away/ports';
import { userOwner } from '../../chat/limits/charge-action';
import { roomIdentity } from '../../chat/rooms/room-keys';
import { getItems } from './batch-get';
import { ifConditionHolds, itemIfConditionFailed } from './errors';
import { budgetsKey, DAY_SECONDS, expiresIn, isExpired } from './items';
import { hasOpenConnection } from './open-connections';
import { positionKey } from './read-positions';
import type { Tables } from './tables';

/** Longer than an invocation can take, and shorter than the time after which Lambda repeats it. */
const CLAIM_MS = 30_000;
/** Longer than the time during which Lambda repeats an invocation. After that, another message can take over the claim. */
const ABANDONED_MS = 10 * 60_000;

/** The claim in the item of a user's read position. A new room with the same number has another identity. */
interface Missed {
  identity: string;
  epoch: string;
  seq: number;
  at: number;
  isSent: boolean;
  /** Identifies the request, because the SDK repeats a write whose response was lost. */
  by: string;
}

type Item = Record<string, unknown>;

/**
 * Stores notifications in the items of read positions, because a join reads these items anyway, and storing a position ends an
 * absence without another write. Finds open connections in the items that contain the budgets of users.
 */
export function createAbsences({ client, chatTable, retentionDays }: Tables): Absences {
  const TableName = chatTable;
  const read = (keys: readonly Item[]) => getItems(client, chatTable, keys, { ConsistentRead: true });

  const changeOwn = async (message: MissedMessage, userId: string, UpdateExpression: string, values = {}) => {
    const update = new UpdateCommand({
      ...{ TableName, Key: positionKey(message.room, userId), UpdateExpression },
      ConditionExpression: 'missed.#epoch = :epoch AND missed.#seq = :seq',
      ExpressionAttributeNames: { '#epoch': 'epoch', '#seq': 'seq' },
      ExpressionAttributeValues: { ':epoch': message.epoch, ':seq': message.seq, ...values },
    });
    await ifConditionHolds(client.send(update));
  };

  return {
    async listAway(userIds, now) {
      const items = await read(userIds.map((userId) => budgetsKey(userOwner(userId))));
      const isConnected = (item: Item) => !isExpired(item, now) && hasOpenConnection(item, now);
      const connected = new Set(items.filter(isConnected).map(({ pk }) => pk));
      return userIds.filter((userId) => !connected.has(userOwner(userId)));
    },

    async listUninformed(message, userIds, now) {
      const items = await read(userIds.map((userId) => positionKey(message.room, userId)));
      const informed = new Set(items.filter((item) => isInformed(item, message, now)).map(({ pk }) => pk));
      return userIds.filter((userId) => !informed.has(positionKey(message.room, userId).pk));
    },

    async claim(message, userId, now) {
      const by = randomUUID();
      const expiresAt = expiresIn(retentionDays * DAY_SECONDS, now);
      const update = new UpdateCommand({
        ...{ TableName, Key: positionKey(message.room, userId), ...claimUpdate(message, now, by, expiresAt) },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await client.send(update);
        return true;
      } catch (error) {
        return (itemIfConditionFailed(error)?.missed as Missed | undefined)?.by === by;
      }
    },

    confirm: (message, userId) => changeOwn(message, userId, 'SET missed.isSent = :sent', { ':sent': true }),
    release: (message, userId) => changeOwn(message, userId, 'REMOVE missed'),
  };
}

function claimUpdate({ epoch, seq }: MissedMessage, now: number, by: string, expiresAt: number) {
  const missed: Missed = { identity: roomIdentity(epoch), epoch, seq, at: now, isSent: false, by };
  const isOwnClaim = 'missed.#epoch = :epoch AND missed.#seq = :seq AND missed.#at <= :stale';
  return {
    UpdateExpression: 'SET missed = :missed, expiresAt = :expiresAt',
    ConditionExpression:
      'attribute_not_exists(missed) OR expiresAt <= :now OR missed.#identity <> :identity OR ' +
      `(missed.isSent = :no AND (missed.#at <= :abandoned OR (${isOwnClaim})))`,
    ExpressionAttributeNames: { '#identity': 'identity', '#epoch': 'epoch', '#seq': 'seq', '#at': 'at' },
    ExpressionAttributeValues: {
      ':missed': missed,
      ':expiresAt': expiresAt,
      ':identity': missed.identity,
      ':epoch': epoch,
      ':seq': seq,
      ':no': false,
      ':now': Math.floor(now / 1000),
      ':stale': now - CLAIM_MS,
      ':abandoned': now - ABANDONED_MS,
    },
  };
}

/**
 * Returns whether a user has read the message or cannot be notified of it. Only avoids unnecessary claims: the condition of the
 * claim decides.
 */
function isInformed(item: Item, { epoch, seq }: MissedMessage, now: number): boolean {
  if (isExpired(item, now)) return false;
  if (item.epoch === epoch && (item.seq as number) >= seq) return true;
  const missed = item.missed as Missed | undefined;
  if (!missed || missed.identity !== roomIdentity(epoch)) return false;
  if (missed.isSent) return true;
  const isSame = missed.epoch === epoch && missed.seq === seq;
  return missed.at > now - (isSame ? CLAIM_MS : ABANDONED_MS);
}
