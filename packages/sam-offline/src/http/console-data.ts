import type { Faults } from '../core/faults';
import type { App } from '../core/model';
import type { Service } from '../core/service';
import type { Gateway } from '../gateway';
import type { Records } from '../records';
import type { ExecutionHistory } from '../records/execution-history';
import { queryPartition, summarizeTables } from '../records/table-views';
import type { SqsService } from '../sqs';
import { collectOutcomes } from '../traces/outcome';
import { buildServiceMap } from '../traces/service-map';
import type { ConsoleData, View } from './console';

/** Traces that the service map is made of: enough for a picture, few enough to be quick. */
const MAPPED_TRACES = 1000;

export interface Viewed {
  readonly app: App;
  readonly records: Records;
  readonly executions: ExecutionHistory;
  readonly faults: Faults;
  readonly gateway: Gateway;
  /** Not through the switches: looking is no call of the app's. */
  readonly dynamodb: Service;
  readonly sqs: SqsService;
}

/** What the console shows of a running app. Knows services, not what the app does with them. */
export function consoleData({
  app,
  records,
  executions,
  faults,
  gateway,
  dynamodb,
  sqs,
}: Viewed): ConsoleData {
  const { traces, logs, metrics } = records;
  const views: Record<string, View> = {
    app: () => viewOf(app),
    traces: (query) =>
      traces.list({
        after: numberOf(query, 'after'),
        limit: numberOf(query, 'limit'),
        skip: numberOf(query, 'skip'),
      }),
    'traces/': (_query, id) => {
      const segments = traces.documents(id);
      return segments && { id, segments, outcomes: collectOutcomes(segments) };
    },
    map: (query) =>
      buildServiceMap(traces.recent(Date.now() / 1000 - (numberOf(query, 'seconds') ?? 300), MAPPED_TRACES)),
    'executions/': (_query, arn) => (arn === '' ? executions.summaries() : executions.find(arn)),
    logs: (query) => {
      const trace = query.get('trace');
      const request = query.get('request');
      const ids = trace === null ? request : requestIdsOf(traces.documents(trace) ?? []);
      return logs.find({
        after: numberOf(query, 'after'),
        limit: numberOf(query, 'limit'),
        ...(ids === null ? {} : { requestIds: new Set([ids].flat()) }),
        function: query.get('function') ?? undefined,
        text: query.get('text') ?? undefined,
      });
    },
    metrics: () => metrics.list(),
    tables: () => summarizeTables(dynamodb, app.tables),
    'tables/': (query, name) => {
      const table = app.tables.find((each) => each.name === name);
      const index = query.get('index') ?? undefined;
      return table && queryPartition(dynamodb, table, { index, partition: query.get('partition') ?? '' });
    },
    queues: () => sqs.peek(),
  };
  return {
    versions: () => ({
      traces: traces.version,
      executions: executions.version,
      logs: logs.version,
      metrics: metrics.version,
      calls: Object.values(faults.calls()).reduce((sum, count) => sum + count, 0),
      connections: gateway.load().connections,
    }),
    views,
  };
}

/** What the page needs of the template: names, and the state machines' definitions. No environment, no secret. */
function viewOf(app: App): object {
  const named = ({ logicalId, name, arn }: { logicalId: string; name: string; arn: string }) => ({
    logicalId,
    name,
    arn,
  });
  return {
    stackName: app.stackName,
    functions: app.functions.map(named),
    tables: app.tables.map(named),
    eventBuses: app.eventBuses.map(named),
    rules: app.rules.map(named),
    queues: app.queues.map(named),
    stateMachines: app.stateMachines.map((machine) => ({
      ...named(machine),
      definition: machine.definition,
    })),
  };
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const value = Number(query.get(name) ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

/** The invocations of a trace, by which its log lines are known. */
function requestIdsOf(segments: readonly { readonly aws?: Readonly<Record<string, unknown>> }[]): string[] {
  return segments.map(({ aws }) => aws?.request_id).filter((id) => typeof id === 'string');
}
