/** Types of the console's data and elements. The browser never loads this file. */

import type { App } from '../src/app-model/app';
import type { BuildError, BuildStatus } from '../src/console/build-status';
import type { FaultOptions } from '../src/console/parse-fault';
import type { EventFile, SampleEvent } from '../src/console/sample-events';
import type { CostLine, SessionCost } from '../src/cost/price-session';
import type { Fault } from '../src/faults/faults';
import type { ConnectionLabels } from '../src/records/connection-labels';
import type { InputSummary } from '../src/records/describe-input';
import type { EventSummary, EventView, RuleVerdict } from '../src/records/event-store';
import type { FrameConnection, FrameList } from '../src/records/frame-store';
import type { FunctionView } from '../src/records/function-views';
import type { LogQueryProblem, LogQueryResult } from '../src/records/log-query';
import type { LogLine } from '../src/records/log-store';
import type { MetricSeries } from '../src/records/metric-store';
import type { FunctionRun } from '../src/records/run-store';
import type { TableView } from '../src/records/table-views';
import type { QueueView } from '../src/sqs';
import type { ExecutionRecord, RunningExecution, Transition } from '../src/states';
import type { Failure, Outcome } from '../src/traces/outcome';
import type { Segment, Subsegment } from '../src/traces/segment';
import type { ServiceMap } from '../src/traces/service-map';
import type { TraceList } from '../src/traces/store';
import type { TraceSummary } from '../src/traces/summary';
import type { ConnectionInfo } from '../src/websocket-api';
import type { LogicalNames } from './logical-names';

export type { FrameConnection, FrameList, FrameView } from '../src/records/frame-store';
export type { Keyspace, TableView } from '../src/records/table-views';
export type { MapEdge, MapNode, ServiceMap } from '../src/traces/service-map';
export type {
  BuildError,
  ConnectionInfo,
  ConnectionLabels,
  CostLine,
  EventFile,
  EventSummary,
  EventView,
  Failure,
  Fault,
  FunctionRun,
  FunctionView,
  LogLine,
  LogQueryResult,
  MetricSeries,
  Outcome,
  QueueView,
  RuleVerdict,
  SampleEvent,
  Segment,
  SessionCost,
  Subsegment,
  TraceSummary,
  Transition,
};

/** A resource of the template. */
export interface NamedResource {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
}

export interface Rule extends NamedResource {
  /** False for rules that have only a schedule. */
  readonly hasPattern: boolean;
}

export interface StateMachine extends NamedResource {
  readonly definition: Branch;
}

/** The response of `/_local/app`. */
export interface AppView extends Record<NamedResourceKind, readonly NamedResource[]> {
  readonly stackName: string;
  readonly rules: readonly Rule[];
  readonly stateMachines: readonly StateMachine[];
  readonly webSocketApis: readonly WebSocketApi[];
}

export interface WebSocketApi {
  readonly logicalId: string;
  readonly apiId: string;
  /** The path at which clients connect. */
  readonly path: string;
  readonly routeSelectionExpression: string;
  readonly routes: readonly string[];
}

/** The values that the form of the WebSocket client starts with. */
export interface ClientDraft {
  readonly path: string | undefined;
  readonly query: string;
  /** Separated by commas. */
  readonly protocols: string;
  /** The frame to edit when the client has connected. */
  readonly text: string;
}

type NamedResourceKind = keyof Pick<App, 'functions' | 'tables' | 'eventBuses' | 'queues'>;

/** A state machine, a Map's item processor, or a branch of a Parallel state, in Amazon States Language. */
export interface Branch {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly Next: string }[];
  readonly ItemProcessor?: Branch;
  readonly Branches?: readonly Branch[];
}

export interface Trace {
  readonly id: string;
  readonly segments: readonly Segment[];
  readonly outcomes: Readonly<Record<string, Outcome>>;
}

/** A segment or a subsegment. */
export type Span = Subsegment & Partial<Segment>;

export type Execution = (ExecutionRecord | RunningExecution) & {
  /** The logical IDs of the resources that started the execution. Absent for the developer. */
  readonly trigger?: string;
};

/** An execution in the list. */
export type ExecutionSummary = InputSummary &
  Pick<RunningExecution, 'executionArn' | 'name' | 'stateMachineArn' | 'stateMachineName' | 'startDate'> & {
    readonly status: Execution['status'];
    readonly stopDate?: number;
    readonly trigger?: string;
  };

export interface QueryResult {
  readonly Items?: readonly Item[];
  readonly LastEvaluatedKey?: object;
}

/** An item in DynamoDB JSON. */
export type Item = Readonly<Record<string, AttributeValue>>;
export type AttributeValue = Readonly<Record<string, unknown>>;

/** The response of each endpoint. A path that ends with a slash is followed by an ID. */
export interface Responses {
  app: AppView;
  build: BuildStatus;
  traces: TraceList;
  'traces/': Trace;
  map: ServiceMap;
  'executions/': readonly ExecutionSummary[];
  events: readonly EventSummary[];
  'events/': EventView;
  cost: SessionCost;
  frames: readonly FrameConnection[];
  'frames/': FrameList;
  samples: readonly SampleEvent[];
  'event-files': readonly EventFile[];
  functions: readonly FunctionView[];
  faults: readonly Fault[];
  'fault-options': FaultOptions;
  /** Counts by the name of the event, such as `dynamodb.TransactionConflict`. */
  occurrences: Readonly<Record<string, number>>;
  /** Counts by service and action, such as `dynamodb.PutItem`. */
  calls: Readonly<Record<string, number>>;
  logs: LogLine[];
  'log-query': LogQueryResult | LogQueryProblem;
  metrics: MetricSeries[];
  connections: readonly ConnectionInfo[];
  /** By connection ID. */
  'connection-labels': Readonly<Record<string, ConnectionLabels>>;
  tables: readonly TableView[];
  'tables/': QueryResult;
  queues: readonly QueueView[];
}

/** Change counters of the runtime's data, by name. */
export type Versions = Readonly<Record<string, number>>;

/** The context that is passed to each view. */
export interface Page {
  readonly app: AppView;
  readonly names: LogicalNames;
  /** Whether the user has paused the live view. Timers must not change it. */
  isPaused(): boolean;
  /** Navigates to a path such as `traces/1-…`. `replaceHistory` replaces the current history entry. */
  go(path: string, options?: { readonly replaceHistory?: boolean }): void;
  /** Returns the value of a filter in the address, or an empty string. */
  filter(name: string): string;
  /** Puts the value of a filter into the address. It stays there while the user selects objects of the view. */
  setFilter(name: string, value: string): void;
  /** Returns the query of the address without filters, such as `span` in `#/traces/1-…?span=…`. */
  query(): URLSearchParams;
  /**
   * Replaces the query when the user selects a part of an object, so that the address links to this part. Does not navigate.
   */
  setQuery(values: Readonly<Record<string, string>>): void;
}

export interface View {
  /** Called on navigation within the view: for `#/tables/ChatTable?partition=1`, `rest` is `ChatTable`. */
  show(rest: string, query: URLSearchParams): void;
  /** Called when data of the runtime has changed. */
  changed(versions: Versions): void;
  /** Releases the view's resources. */
  close?(): void;
}

/** Renders a view into an element. */
export type MountView = (root: HTMLElement, page: Page) => View;

/** The element type of a spec such as `li.row`. */
export type ElementOf<Spec extends string> = Spec extends `${infer Tag}.${string}`
  ? TagElement<Tag>
  : TagElement<Spec>;

type TagElement<Tag extends string> = Tag extends keyof HTMLElementTagNameMap
  ? HTMLElementTagNameMap[Tag]
  : HTMLElement;

/** Content of an element. Empty values are skipped. */
export type Child = Node | string | number | false | null | undefined | readonly Child[];

type Style = Readonly<Record<string, string | number>>;
type Listener<E extends Event> = (event: E) => unknown;

/** Attributes, styles, and event listeners of an element. */
export interface Props {
  readonly style?: Style;
  readonly onclick?: Listener<MouseEvent>;
  readonly onkeydown?: Listener<KeyboardEvent>;
  readonly oninput?: Listener<Event>;
  readonly onchange?: Listener<Event>;
  readonly onsubmit?: Listener<Event>;
  readonly [attribute: string]:
    | string
    | number
    | boolean
    | null
    | undefined
    | Style
    | Listener<MouseEvent>
    | Listener<KeyboardEvent>
    | Listener<Event>;
}

/** A point in CSS pixels. */
export type Point = readonly [x: number, y: number];

/** A rectangle in CSS pixels. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
