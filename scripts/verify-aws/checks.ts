import type { Facts, TableFacts } from './facts';

/** Something that has to be so on a deployed stack. `complaint` says what is not. */
export interface Check<Needed extends keyof Facts = keyof Facts> {
  name: string;
  /** What it looks at; where that cannot be told, the check does not apply. */
  needs: Needed;
  complaint(facts: Required<Facts>): string | undefined;
}

const ROUTES = [
  ...['$connect', '$disconnect', '$default', 'sendmessage', 'sendMessage'],
  ...['createRoom', 'joinRoom', 'leaveRoom', 'history', 'members', 'ping'],
];

/** Above every quota of retries: a message is worth a minute, a clean-up an hour. */
const LONGEST_AGE: Record<string, number> = { MessageSent: 60, ConnectionGone: 3600 };

export const checks: Check[] = [
  {
    name: 'both tables are billed by request',
    needs: 'tables',
    complaint: ({ tables }) =>
      eachTable(tables, ({ billing }) =>
        billing === 'PAY_PER_REQUEST' ? undefined : `is billed ${billing}`,
      ),
  },
  {
    name: 'both tables let expired items go',
    needs: 'tables',
    complaint: ({ tables }) =>
      eachTable(tables, ({ ttl }) =>
        ['ENABLED', 'ENABLING'].includes(ttl?.status ?? '') && ttl?.attribute === 'expiresAt'
          ? undefined
          : `has TTL ${ttl?.status} on ${ttl?.attribute}`,
      ),
  },
  {
    name: "a room's connections are found by RoomIndex",
    needs: 'tables',
    complaint: ({ tables }) => hasIndex(tables.ConnectionsTable, 'RoomIndex', ['roomShard', 'memberKey']),
  },
  {
    name: 'sessions are listed by SessionIndex',
    needs: 'tables',
    complaint: ({ tables }) => hasIndex(tables.ChatTable, 'SessionIndex', ['sessionDay', 'connectionTime']),
  },
  {
    name: 'the workflow is an Express one',
    needs: 'machine',
    complaint: ({ machine }) => (machine.type === 'EXPRESS' ? undefined : `its type is ${machine.type}`),
  },
  {
    name: 'the workflow is traced',
    needs: 'machine',
    complaint: ({ machine }) => (machine.tracing ? undefined : 'tracing is off'),
  },
  {
    name: 'the workflow logs its errors, without what people write, to a group whose logs AWS delivers',
    needs: 'api',
    complaint({ machine }) {
      if (machine.logLevel !== 'ERROR') return `its level is ${machine.logLevel}`;
      if (machine.logsData) return 'its logs hold execution data';
      return machine.logGroup?.includes(':log-group:/aws/vendedlogs/')
        ? undefined
        : `its group is ${machine.logGroup}`;
    },
  },
  {
    name: 'every route is there, with a function that API Gateway may invoke',
    needs: 'api',
    complaint({ api, functions }) {
      for (const key of ROUTES) {
        const uri = api.routes[key];
        if (uri === undefined) return `there is no route ${key}`;
        const target = Object.values(functions).find(({ arn }) => arn && uri.includes(`${arn}/`));
        if (!target) return `the route ${key} goes to no function of this stack: ${uri}`;
        const allowed = statements(target.policy).some(
          ({ Principal, resource }) =>
            JSON.stringify(Principal).includes('apigateway.amazonaws.com') &&
            resource.includes(`:${api.id}/`) &&
            resource.endsWith(`/${key}`),
        );
        if (!allowed) return `API Gateway may not invoke the function of ${key}`;
      }
      return undefined;
    },
  },
  {
    name: 'both spellings of sendmessage go to the same function',
    needs: 'api',
    complaint: ({ api }) =>
      api.routes.sendMessage === api.routes.sendmessage
        ? undefined
        : `${api.routes.sendMessage} and ${api.routes.sendmessage}`,
  },
  {
    name: 'the stage deploys changes by itself',
    needs: 'api',
    complaint: ({ api }) => (api.stage.autoDeploy ? undefined : 'AutoDeploy is off'),
  },
  {
    name: 'every function is traced, on the runtime that the template names',
    needs: 'functions',
    complaint: ({ functions }) =>
      first(Object.entries(functions), ([name, { tracing, runtime }]) => {
        if (tracing !== 'Active') return `${name} has tracing ${tracing}`;
        return runtime === 'nodejs24.x' ? undefined : `${name} runs on ${runtime}`;
      }),
  },
  {
    name: 'every function writes into a log group of the stack, which is kept for a time',
    needs: 'functions',
    complaint({ functions, logGroups }) {
      const kept = logGroups.filter(({ days }) => days).map(({ name }) => name);
      return first(Object.entries(functions), ([name, { logGroup }]) =>
        kept.includes(logGroup) ? undefined : `${name} writes into ${logGroup}`,
      );
    },
  },
  {
    name: 'events are delivered in time, and kept when they are not',
    needs: 'targets',
    complaint: ({ targets, queue }) =>
      first(Object.entries(LONGEST_AGE), ([event, age]) => {
        const target = targets.find(({ pattern }) => pattern.includes(`"${event}"`));
        if (!target) return `no rule takes ${event}`;
        if (target.maximumAge !== age) return `${event} is tried for ${target.maximumAge} s, not ${age} s`;
        return target.deadLetters === queue.arn ? undefined : `${event} is kept in ${target.deadLetters}`;
      }),
  },
  {
    name: "the bus's rules may write to the dead-letter queue, and nobody else's",
    needs: 'targets',
    complaint({ queue }) {
      const writers = statements(queue.policy).filter(({ action }) => action.includes('SendMessage'));
      if (writers.length === 0) return 'nobody may';
      const open = writers.some(({ condition }) => !/:rule\//.test(condition));
      return open ? 'a statement does not say whose' : undefined;
    },
  },
];

function eachTable(tables: Record<string, TableFacts>, look: (table: TableFacts) => string | undefined) {
  return first(Object.entries(tables), ([name, table]) => {
    const complaint = look(table);
    return complaint && `${name} ${complaint}`;
  });
}

function hasIndex(table: TableFacts | undefined, name: string, key: string[]): string | undefined {
  const index = table?.indexes.find((candidate) => candidate.name === name);
  if (!index) return 'there is no such index';
  if (index.key.join() !== key.join()) return `its key is ${index.key.join(', ')}`;
  return index.status === undefined || index.status === 'ACTIVE' ? undefined : `it is ${index.status}`;
}

function first<Item>(items: Item[], look: (item: Item) => string | undefined): string | undefined {
  for (const item of items) {
    const complaint = look(item);
    if (complaint) return complaint;
  }
  return undefined;
}

/** The statements of a resource's policy, with what the checks look at as text. */
function statements(policy: string | undefined) {
  const { Statement = [] } = policy ? JSON.parse(policy) : {};
  return (Array.isArray(Statement) ? Statement : [Statement]).map((statement) => ({
    Principal: statement.Principal,
    action: JSON.stringify(statement.Action ?? ''),
    condition: JSON.stringify(statement.Condition ?? {}),
    resource: String(Object.values(statement.Condition?.ArnLike ?? {})[0] ?? ''),
  }));
}
