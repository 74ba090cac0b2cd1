import type { App } from '../app-model/app';
import type { Service } from '../core/service';
import { priceSession } from '../cost/price-session';
import type { Faults } from '../faults/faults';
import type { LambdaService } from '../lambda';
import type { Records } from '../records';
import { labelConnections } from '../records/connection-labels';
import type { ExecutionHistory } from '../records/execution-history';
import { describeFunctions } from '../records/function-views';
import { queryLogs } from '../records/log-query';
import { queryPartition, summarizeTables } from '../records/table-views';
import type { SqsService } from '../sqs';
import type { ExecutionRecord } from '../states';
import { collectOutcomes } from '../traces/outcome';
import { buildServiceMap } from '../traces/service-map';
import type { WebSocketApis } from '../websocket-api';
import { getStagePath } from '../websocket-api/routes';
import { type Builds, countBuilds, readBuildStatus } from './build-status';
import { FAULT_OPTIONS } from './parse-fault';
import { readEventFiles, readSampleEvents } from './sample-events';

/** The data of the console. */
export interface ConsoleData {
  /** Returns a number for each kind of data that increases with every change. */
  versions(): Readonly<Record<string, number>>;
  /** Views by their path below `/_local/`. A path that ends with `/` takes the rest of the request's path. */
  readonly views: Readonly<Record<string, View>>;
}

/** Returns a view's data, or undefined if it does not exist. */
export type View = (query: URLSearchParams, argument: string) => unknown;

/** The number of traces that the service map covers. Limits the time to compute it. */
const MAP_TRACES = 1000;
const MAP_SECONDS = 300;
/** Same limit as MAX_CONNECTIONS in console/connections.js. */
const MAX_LABELED_CONNECTIONS = 500;

export interface ConsoleDataOptions extends Builds {
  readonly app: App;
  readonly records: Records;
  readonly executions: ExecutionHistory;
  readonly faults: Faults;
  readonly webSocketApis: WebSocketApis;
  /**
   * A client without fault injection, call counts and metrics, because the console's reads are not calls of the application.
   */
  readonly dynamodb: Service;
  /** Returns a number that increases with every change of the tables. */
  readonly itemsVersion: () => number;
  /** Returns the values of the application's secrets. */
  readonly secretValues: () => readonly string[];
  readonly lambda: Builds['lambda'] & Pick<LambdaService, 'listFailedFunctions'>;
  readonly sqs: SqsService;
  readonly states: Service;
}

/** Creates the data of the console for a running application. */
export function createConsoleData(options: ConsoleDataOptions): ConsoleData {
  const { app, records, executions, faults, webSocketApis, dynamodb, lambda, sqs, states } = options;
  const { traces, logs, metrics, frames, events } = records;
  const listExecutions = () =>
    executions.list().map((summary) => ({ ...summary, trigger: findTrigger(app, summary) }));
  const views: Record<string, View> = {
    app: () => summarizeApp(app),
    build: () => readBuildStatus(options),
    traces: (query) =>
      traces.list({
        after: readNumber(query, 'after'),
        limit: readNumber(query, 'limit'),
        skip: readNumber(query, 'skip'),
      }),
    'traces/': (_query, id) => {
      const segments = traces.documents(id);
      return segments && { id, segments, outcomes: collectOutcomes(segments) };
    },
    map: (query) => {
      const seconds = readNumber(query, 'seconds') ?? MAP_SECONDS;
      return buildServiceMap(traces.recent(Date.now() / 1000 - seconds, MAP_TRACES));
    },
    executions: listExecutions,
    'executions/': (_query, arn) => {
      if (arn === '') return listExecutions();
      const execution = executions.find(arn);
      return execution && { ...execution, trigger: findTrigger(app, execution) };
    },
    'history/': (_query, executionArn) => readHistory(states, executionArn),
    logs: (query) => {
      const trace = query.get('trace');
      const request = query.get('request');
      const ids = trace === null ? request : requestIdsOf(traces.documents(trace) ?? []);
      return logs.find({
        after: readNumber(query, 'after'),
        limit: readNumber(query, 'limit'),
        ...(ids === null ? {} : { requestIds: new Set([ids].flat()) }),
        function: query.get('function') ?? undefined,
        text: query.get('text') ?? undefined,
      });
    },
    'log-query': (query) => queryLogs(logs.find({ limit: Number.POSITIVE_INFINITY }), query.get('q') ?? ''),
    frames: () => frames.list(),
    'connection-labels': () => {
      const open = webSocketApis.connections().slice(-MAX_LABELED_CONNECTIONS);
      return labelConnections(
        dynamodb,
        app.tables,
        open.map(({ connectionId }) => connectionId),
      );
    },
    'frames/': (query, id) => frames.find(id, readNumber(query, 'after')),
    samples: () => readSampleEvents(app.root),
    'event-files': () => readEventFiles(app.root),
    'fault-options': () => FAULT_OPTIONS,
    functions: () =>
      describeFunctions(app.functions, (name) => records.runs.list(name), {
        broken: lambda.listFailedFunctions(),
        secrets: options.secretValues(),
      }),
    cost: () => priceSession({ app, records, calls: faults.calls() }),
    metrics: () => metrics.list(),
    tables: () => summarizeTables(dynamodb, app.tables),
    'tables/': (query, name) => {
      const table = app.tables.find((each) => each.name === name);
      const index = query.get('index') ?? undefined;
      return table && queryPartition(dynamodb, table, { index, partition: query.get('partition') ?? '' });
    },
    queues: () => sqs.peek(),
    events: () => events.list(app),
    'events/': (_query, key) => events.find(key, app),
  };
  return {
    versions: () => ({
      build: countBuilds(options),
      traces: traces.version,
      executions: executions.version,
      logs: logs.version,
      frames: frames.version,
      metrics: metrics.version,
      events: events.version,
      calls: Object.values(faults.calls()).reduce((sum, count) => sum + count, 0),
      connections: webSocketApis.load().connections,
      items: options.itemsVersion(),
    }),
    views,
  };
}

/** Returns the events of a Standard execution; undefined if it does not exist. */
async function readHistory(states: Service, executionArn: string): Promise<unknown> {
  try {
    return (await states.call('GetExecutionHistory', { executionArn, maxResults: 1000 }, {})).events;
  } catch {
    return undefined;
  }
}

/** Returns names and state machine definitions. Omits environment variables and secrets. */
function summarizeApp(app: App): object {
  const names = ({ logicalId, name, arn }: { logicalId: string; name: string; arn: string }) => ({
    logicalId,
    name,
    arn,
  });
  return {
    stackName: app.stackName,
    functions: app.functions.map(names),
    tables: app.tables.map(names),
    eventBuses: app.eventBuses.map(names),
    rules: app.rules.map((rule) => ({ ...names(rule), hasPattern: rule.pattern !== undefined })),
    queues: app.queues.map(names),
    webSocketApis: app.webSocketApis.map((api) => ({
      logicalId: api.logicalId,
      apiId: api.apiId,
      path: getStagePath(api, app.webSocketApis),
      routeSelectionExpression: api.routeSelectionExpression,
      routes: api.routes.map(({ routeKey }) => routeKey),
    })),
    stateMachines: app.stateMachines.map((machine) => ({
      ...names(machine),
      definition: machine.definition,
    })),
  };
}

/** Returns the logical IDs of the rules, or of the function or state machine, that started an execution. */
function findTrigger(
  { rules, functions, stateMachines }: App,
  { caller, stateMachineArn }: Pick<ExecutionRecord, 'caller' | 'stateMachineArn'>,
): string | undefined {
  if (caller === undefined) return undefined;
  const started = rules.filter(({ targets }) =>
    targets.some(({ arn, role }) => arn === stateMachineArn && role?.arn === caller),
  );
  const owner = [...functions, ...stateMachines].filter(({ arn }) => arn === caller);
  return [...owner, ...started].map(({ logicalId }) => logicalId).join(', ') || undefined;
}

function readNumber(query: URLSearchParams, name: string): number | undefined {
  const value = Number(query.get(name) ?? Number.NaN);
  return Number.isFinite(value) ? value : undefined;
}

/** Returns the Lambda request IDs of a trace. The log lines of the trace contain these IDs. */
function requestIdsOf(segments: readonly { readonly aws?: Readonly<Record<string, unknown>> }[]): string[] {
  return segments.map(({ aws }) => aws?.request_id).filter((id) => typeof id === 'string');
}
