import type { SourceEdit } from '../simulation/harness/bundles';

/** A source change that breaks a promise. The simulation must detect it. */
export interface PromiseMutant extends SourceEdit {
  readonly name: string;
}

const WORKFLOW = 'statemachines/fan-out.asl.json';

export const PROMISE_MUTANTS: readonly PromiseMutant[] = [
  {
    name: 'position condition',
    file: 'aws/dynamodb/append.ts',
    from: `ConditionExpression: 'attribute_not_exists(pk)',`,
    to: `ConditionExpression: 'attribute_not_exists(pk) OR attribute_exists(pk)',`,
  },
  {
    name: 'claim of a clientMsgId',
    file: 'aws/dynamodb/append.ts',
    from: 'ConditionExpression: `attribute_not_exists(pk) OR',
    to: 'ConditionExpression: `attribute_not_exists(pk) OR attribute_exists(pk) OR',
  },
  {
    name: 'count of failed entries',
    file: 'aws/event-bridge/event-bus.ts',
    from: 'if (!FailedEntryCount) return;',
    to: 'if (FailedEntryCount !== undefined) return;',
  },
  {
    name: 'next page of a key',
    file: WORKFLOW,
    from: `$exists($states.result.LastEvaluatedKey) ? [`,
    to: `false ? [`,
  },
  {
    name: 'catch of a failed batch',
    file: WORKFLOW,
    from: `"Output":{"gone":[],"failures":1}`,
    to: `"Output":{"gone":[],"failures":0}`,
  },
  {
    name: 'catch inside the Map',
    file: WORKFLOW,
    from: `"Catch":[{"ErrorEquals":["States.ALL"],"Output":{"gone":[],"failures":1},"Next":"Delete stale rows"}],`,
    to: '',
  },
  {
    name: 'gap fill after a gap',
    file: 'packages/client/src/core/room-log.ts',
    from: 'scheduleChecks(state);\n  fillGap(state, room);',
    to: 'scheduleChecks(state);',
  },
  {
    name: 'publication of a repeated message',
    file: 'chat/messages/send.ts',
    from: `if (duplicate && (entry.kind === 'void' || deps.now() - entry.ts > REPUBLISH_MS)) return;`,
    to: 'if (duplicate) return;',
  },
  {
    name: 'second listing after a ban',
    file: 'chat/moderation/ban.ts',
    from: 'removeConnections(deps, room, userId, await findUserConnections(deps, room, userId), push)',
    to: 'removeConnections(deps, room, userId, connections, push)',
  },
  {
    name: 'head of the log',
    file: 'aws/dynamodb/rooms.ts',
    from: 'ScanIndexForward: false,',
    to: 'ScanIndexForward: true,',
  },
  {
    name: 'text of a deleted message',
    file: 'aws/dynamodb/changes.ts',
    from: 'UpdateExpression: `SET #text = :text,',
    to: 'UpdateExpression: `SET #text = if_not_exists(#text, :text),',
  },
  {
    name: 'guard for rows of opening connections',
    file: WORKFLOW,
    from: '"ConditionExpression":"joinedAt < :cutoff"',
    to: '"ConditionExpression":"joinedAt < :cutoff OR joinedAt >= :cutoff"',
  },
  {
    name: 'refund of an attempt to join',
    file: 'chat/members/join.ts',
    from: 'refund?.(),',
    to: '',
  },
  {
    name: 'epoch of a position to resume from',
    file: 'chat/messages/recover.ts',
    from: 'if (!resume || resume.epoch !== room.epoch ||',
    to: 'if (!resume ||',
  },
  {
    name: 'presence of a removed connection',
    file: 'aws/dynamodb/presence-items.ts',
    from: 'if (item?.lastRemoval !== changeId) return undefined;',
    to: 'return undefined;',
  },
  {
    name: 'open connections of a follower',
    file: 'aws/dynamodb/open-connections.ts',
    from: 'some(({ openedAt }) => openedAt + CONNECTION_TTL_SECONDS * 1000 > nowMs);',
    to: 'some(({ openedAt }) => openedAt > nowMs);',
  },
  {
    name: 'one event per absence',
    file: 'aws/dynamodb/absences.ts',
    from: "confirm: (message, userId) => changeOwn(message, userId, 'SET missed.isSent = :sent', { ':sent': true }),",
    to: "confirm: (message, userId) => changeOwn(message, userId, 'REMOVE missed'),",
  },
];
