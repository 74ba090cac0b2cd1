import { requests } from '../../chat/protocol/requests';
import type { StackConfiguration, TableConfiguration } from './configuration';

/** A check of a stack's configuration. `findFailure` returns the reason if the check fails, or undefined if it passes. */
export interface Check<Needed extends keyof StackConfiguration = keyof StackConfiguration> {
  name: string;
  /** The part of the configuration that the check needs. The check is skipped if that part is unavailable. */
  needs: Needed;
  findFailure(configuration: Required<StackConfiguration>): string | undefined;
}

const ROUTES = ['$connect', '$disconnect', '$default', 'sendMessage', ...Object.keys(requests)];

/** The maximum event age of each rule, in seconds. Messages are stale after a minute, and clean-up events after an hour. */
const MAXIMUM_EVENT_AGE: Record<string, number> = { MessageSent: 60, ConnectionGone: 3600 };

/** Functions that are never traced, because clients call them frequently. */
const UNTRACED = ['PingFunction', 'IndicatorsFunction'];

export const checks: Check[] = [
  {
    name: 'both tables use on-demand billing',
    needs: 'tables',
    findFailure: ({ tables }) =>
      findTableFailure(tables, ({ billing }) =>
        billing === 'PAY_PER_REQUEST' ? undefined : `has the billing mode ${billing}`,
      ),
  },
  {
    name: 'both tables expire items by TTL',
    needs: 'tables',
    findFailure: ({ tables }) =>
      findTableFailure(tables, ({ ttl }) =>
        ['ENABLED', 'ENABLING'].includes(ttl?.status ?? '') && ttl?.attribute === 'expiresAt'
          ? undefined
          : `has TTL ${ttl?.status} on ${ttl?.attribute}`,
      ),
  },
  {
    name: 'the chat table can be restored to a point in time',
    needs: 'pointInTimeRecovery',
    findFailure: ({ pointInTimeRecovery }) =>
      pointInTimeRecovery === 'ENABLED' ? undefined : `point-in-time recovery is ${pointInTimeRecovery}`,
  },
  {
    name: 'the connections table has RoomIndex',
    needs: 'tables',
    findFailure: ({ tables }) =>
      findIndexFailure(tables.ConnectionsTable, 'RoomIndex', ['roomShard', 'memberKey']),
  },
  {
    name: 'the chat table has SessionIndex',
    needs: 'tables',
    findFailure: ({ tables }) =>
      findIndexFailure(tables.ChatTable, 'SessionIndex', ['sessionDay', 'connectionTime']),
  },
  {
    name: 'the state machine is an Express workflow',
    needs: 'machine',
    findFailure: ({ machine }) => (machine.type === 'EXPRESS' ? undefined : `its type is ${machine.type}`),
  },
  {
    name: 'the state machine has tracing enabled',
    needs: 'machine',
    findFailure: ({ machine }) => (machine.tracing ? undefined : 'tracing is disabled'),
  },
  {
    name: 'the state machine logs errors without execution data, to a vended log group',
    needs: 'api',
    findFailure({ machine }) {
      if (machine.logLevel !== 'ERROR') return `its log level is ${machine.logLevel}`;
      if (machine.logsData) return 'its logs contain execution data';
      return machine.logGroup?.includes(':log-group:/aws/vendedlogs/')
        ? undefined
        : `its log group is ${machine.logGroup}`;
    },
  },
  {
    name: 'every route has a function that API Gateway may invoke',
    needs: 'api',
    findFailure({ api, functions }) {
      for (const key of ROUTES) {
        const uri = api.routes[key];
        if (uri === undefined) return `the route ${key} is missing`;
        const target = Object.values(functions).find(({ arn }) => arn && uri.includes(`${arn}/`));
        if (!target) return `the route ${key} targets no function of this stack: ${uri}`;
        const isAllowed = parseStatements(target.policy).some(
          ({ Principal, resource }) =>
            JSON.stringify(Principal).includes('apigateway.amazonaws.com') &&
            resource.includes(`:${api.id}/`) &&
            resource.endsWith(`/${key}`),
        );
        if (!isAllowed) return `API Gateway may not invoke the function of the route ${key}`;
      }
      return undefined;
    },
  },
  {
    name: 'sendmessage and sendMessage invoke the same function',
    needs: 'api',
    findFailure: ({ api }) =>
      api.routes.sendMessage === api.routes.sendmessage
        ? undefined
        : `${api.routes.sendMessage} and ${api.routes.sendmessage}`,
  },
  {
    name: 'the stage deploys changes automatically',
    needs: 'api',
    findFailure: ({ api }) => (api.stage.autoDeploy ? undefined : 'AutoDeploy is disabled'),
  },
  {
    name: 'every function has the tracing mode of the stack and the runtime of the template',
    needs: 'functions',
    findFailure: ({ functions, tracing: expected = 'Active' }) =>
      findFirst(Object.entries(functions), ([name, { tracing, runtime }]) => {
        const mode = UNTRACED.includes(name) ? 'PassThrough' : expected;
        if (tracing !== mode) return `${name} has the tracing mode ${tracing}`;
        return runtime === 'nodejs24.x' ? undefined : `${name} has the runtime ${runtime}`;
      }),
  },
  {
    name: 'every function logs to a log group of the stack with a retention period',
    needs: 'functions',
    findFailure({ functions, logGroups }) {
      const retained = logGroups.filter(({ days }) => days).map(({ name }) => name);
      return findFirst(Object.entries(functions), ([name, { logGroup }]) =>
        retained.includes(logGroup) ? undefined : `${name} logs to ${logGroup}`,
      );
    },
  },
  {
    name: 'every rule limits the event age and uses the dead-letter queue',
    needs: 'targets',
    findFailure: ({ targets, queue }) =>
      findFirst(Object.entries(MAXIMUM_EVENT_AGE), ([event, age]) => {
        const target = targets.find(({ pattern }) => pattern.includes(`"${event}"`));
        if (!target) return `no rule matches ${event}`;
        if (target.maximumAge !== age)
          return `${event} is retried for ${target.maximumAge} s instead of ${age} s`;
        return target.deadLetters === queue.arn
          ? undefined
          : `the dead-letter queue of ${event} is ${target.deadLetters}`;
      }),
  },
  {
    name: 'only the rules of the event bus may write to the dead-letter queue',
    needs: 'targets',
    findFailure({ queue }) {
      const writers = parseStatements(queue.policy).filter(({ action }) => action.includes('SendMessage'));
      if (writers.length === 0) return 'no statement allows sqs:SendMessage';
      const isOpen = writers.some(({ condition }) => !/:rule\//.test(condition));
      return isOpen ? 'a statement allows sqs:SendMessage without naming a rule' : undefined;
    },
  },
];

function findTableFailure(
  tables: Record<string, TableConfiguration>,
  check: (table: TableConfiguration) => string | undefined,
) {
  return findFirst(Object.entries(tables), ([name, table]) => {
    const failure = check(table);
    return failure && `${name} ${failure}`;
  });
}

function findIndexFailure(
  table: TableConfiguration | undefined,
  name: string,
  key: string[],
): string | undefined {
  const index = table?.indexes.find((candidate) => candidate.name === name);
  if (!index) return 'the index is missing';
  if (index.key.join() !== key.join()) return `its key is ${index.key.join(', ')}`;
  return index.status === undefined || index.status === 'ACTIVE'
    ? undefined
    : `its status is ${index.status}`;
}

function findFirst<Item>(items: Item[], check: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const failure = check(item);
    if (failure) return failure;
  }
  return undefined;
}

/** Parses the statements of a resource-based policy. Returns the elements that the checks search as text. */
function parseStatements(policy: string | undefined) {
  const { Statement = [] } = policy ? JSON.parse(policy) : {};
  return (Array.isArray(Statement) ? Statement : [Statement]).map((statement) => ({
    Principal: statement.Principal,
    action: JSON.stringify(statement.Action ?? ''),
    condition: JSON.stringify(statement.Condition ?? {}),
    resource: String(Object.values(statement.Condition?.ArnLike ?? {})[0] ?? ''),
  }));
}
