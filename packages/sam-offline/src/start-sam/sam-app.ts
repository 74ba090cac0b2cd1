import { resolveOutputs } from '../app/endpoints';
import type { Runtime } from '../app/runtime';
import type { App } from '../app-model/app';
import { type JsonObject, UsageError } from '../core/service';
import { matchesPattern } from '../events';
import type { Faults } from '../faults/faults';
import { getStagePath } from '../websocket-api/routes';
import { fromItem, toItem } from './attribute-values';
import { parseDuration } from './duration';
import type { WaitList, WaitOptions } from './wait-list';
import { type ConnectOptions, WebSocketClient } from './web-socket-client';

/** An event in the format that rules match, with the name of its event bus. */
export interface PublishedEvent<Detail = Record<string, unknown>> {
  readonly bus: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Detail;
  readonly [member: string]: unknown;
}

/** A message in a queue. */
export interface QueueMessage {
  readonly body: string;
  readonly receiveCount: number;
}

/** A table. Items are plain JavaScript values: sets are `Set`, and binary values are `Buffer`. */
export interface TestTable<Item extends object = Record<string, unknown>> {
  /** The name that AWS clients use. */
  readonly name: string;
  /** Returns all items. */
  items(): Promise<Item[]>;
  /** Returns an item by its key. */
  get(key: Partial<Item>): Promise<Item | undefined>;
  put(item: Item): Promise<void>;
}

/** A running application. Methods accept the logical ID or the name of a resource. */
export interface SamApp {
  /** The address of HTTP APIs and AWS service endpoints, without a trailing slash. */
  readonly url: string;
  /** The application model. */
  readonly model: App;
  /** The configuration for AWS SDK clients. */
  readonly clientConfig: {
    readonly region: string;
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** The template's outputs, with local addresses. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The WebSocket API of the template. */
  readonly websocket: {
    /** The address of the first API. */
    readonly url: string;
    /** Opens a connection. `api` is the logical ID of the API. The default is the first API. */
    connect(options?: ConnectOptions & { readonly api?: string }): Promise<WebSocketClient>;
  };
  readonly events: {
    /**
     * Returns the first event that matches an EventBridge pattern and has not been returned by an earlier call. Waits for such
     * an event if necessary.
     *
     * @throws Error if no event matches before the timeout
     */
    waitFor<Detail = Record<string, unknown>>(
      pattern: object,
      options?: WaitOptions,
    ): Promise<PublishedEvent<Detail>>;
    /** All events that the application and the test published, in order. */
    published(): readonly PublishedEvent[];
    /** Publishes an event. Default bus: `default`. */
    publish(event: { source: string; 'detail-type': string; detail: object; bus?: string }): Promise<void>;
  };
  readonly clock: {
    /** Returns the application's time in epoch milliseconds. */
    now(): number;
    /**
     * Advances the time of services and functions, by a duration such as `2h` or a number of milliseconds. Due waits of state
     * machines and delivery retries complete, idle connections close, and expired items are deleted. Functions start in new
     * execution environments.
     */
    advance(duration: string | number): Promise<void>;
  };
  /** Injects errors and latency into calls to AWS services. */
  readonly faults: Faults;
  /** Sends a request to an HTTP API. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /**
   * Invokes a function and returns its result.
   *
   * @throws Error with the name and the message of the function's error
   */
  invoke<Result = unknown>(name: string, event?: unknown): Promise<Result>;
  table<Item extends object = Record<string, unknown>>(name: string): TestTable<Item>;
  queue(name: string): {
    send(body: string): Promise<void>;
    /** Returns all messages, including messages that are not visible, without receiving them. */
    messages(): Promise<QueueMessage[]>;
  };
  /** Returns the lines that functions have logged, in the format `LogicalId: line`. */
  logs(): readonly string[];
  /** Stops the application. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Named {
  readonly logicalId: string;
  readonly name: string;
}

/** Creates the test interface of a running application. */
export function createSamApp(
  runtime: Runtime,
  events: WaitList<{ readonly bus: string; readonly event: Record<string, unknown> }>,
  logs: readonly string[],
): SamApp {
  const { app, port } = runtime;
  const url = `http://127.0.0.1:${port}`;
  const call = (service: string, action: string, input: JsonObject) => runtime.call(service, action, input);
  const toPublished = ({ bus, event }: { bus: string; event: Record<string, unknown> }) =>
    ({ bus, ...event }) as unknown as PublishedEvent;
  const findWebSocketUrl = (logicalId?: string) => {
    const api = app.webSocketApis.find((each) => logicalId === undefined || each.logicalId === logicalId);
    if (!api) throw createNotFoundError('WebSocket API', logicalId ?? '', app.webSocketApis);
    return `ws://127.0.0.1:${port}${getStagePath(api, app.webSocketApis)}`;
  };
  const stop = () => runtime.close();

  return {
    url,
    model: app,
    clientConfig: {
      region: app.region,
      endpoint: url,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
    outputs: resolveOutputs(app, port),
    websocket: {
      get url() {
        return findWebSocketUrl();
      },
      connect: async ({ api, ...options } = {}) => WebSocketClient.open(findWebSocketUrl(api), options),
    },
    events: {
      async waitFor<Detail>(pattern: object, options?: WaitOptions) {
        const found = await events.next(({ event }) => matchesPattern(pattern as JsonObject, event), options);
        return toPublished(found) as PublishedEvent<Detail>;
      },
      published: () => events.all.map(toPublished),
      async publish({ bus = 'default', source, detail, 'detail-type': detailType }) {
        const EventBusName = bus === 'default' ? bus : find('event bus', bus, app.eventBuses).name;
        const entry = {
          EventBusName,
          Source: source,
          DetailType: detailType,
          Detail: JSON.stringify(detail),
        };
        await call('events', 'PutEvents', { Entries: [entry] });
      },
    },
    clock: {
      now: () => runtime.clock.now(),
      advance: (duration) => runtime.advanceTime(parseDuration(duration)),
    },
    faults: runtime.faults,
    fetch: (path, init) => fetch(url + path, init),
    async invoke<Result>(name: string, event: unknown = {}) {
      const { name: FunctionName } = find('function', name, app.functions);
      const output = await call('lambda', 'Invoke', { FunctionName, Payload: event });
      if (output.FunctionError !== undefined) throw toError(output.Payload);
      return output.Payload as Result;
    },
    table: <Item extends object>(name: string) =>
      createTable<Item>(find('table', name, app.tables).name, (action, input) =>
        call('dynamodb', action, input),
      ),
    queue: (name) => {
      const { name: queueName } = find('queue', name, app.queues);
      return {
        send: async (body) => {
          await call('sqs', 'SendMessage', { QueueUrl: queueName, MessageBody: body });
        },
        messages: async () => {
          const queues = (await (await fetch(`${url}/_local/queues`)).json()) as {
            name: string;
            messages: QueueMessage[];
          }[];
          const { messages = [] } = queues.find((queue) => queue.name === queueName) ?? {};
          return messages.map(({ body, receiveCount }) => ({ body, receiveCount }));
        },
      };
    },
    logs: () => logs,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function createTable<Item extends object>(
  name: string,
  call: (action: string, input: JsonObject) => Promise<JsonObject>,
): TestTable<Item> {
  type Typed = Parameters<typeof fromItem>[0];
  const toPlain = (item: unknown) => fromItem(item as Typed) as Item;
  return {
    name,
    async items() {
      const items: Item[] = [];
      let start: unknown;
      do {
        const input = {
          TableName: name,
          ConsistentRead: true,
          ...(start ? { ExclusiveStartKey: start } : {}),
        };
        const page = await call('Scan', input);
        items.push(...(page.Items as unknown[]).map(toPlain));
        start = page.LastEvaluatedKey;
      } while (start);
      return items;
    },
    async get(key) {
      const input = { TableName: name, Key: toItem({ ...key } as JsonObject), ConsistentRead: true };
      const { Item: item } = await call('GetItem', input);
      return item === undefined ? undefined : toPlain(item);
    },
    async put(item) {
      await call('PutItem', { TableName: name, Item: toItem({ ...item } as JsonObject) });
    },
  };
}

function find<T extends Named>(kind: string, name: string, resources: readonly T[]): T {
  const found = resources.find((resource) => resource.logicalId === name || resource.name === name);
  if (found) return found;
  throw createNotFoundError(kind, name, resources);
}

function createNotFoundError(kind: string, name: string, resources: readonly { logicalId: string }[]): Error {
  const names = resources.map(({ logicalId }) => logicalId).join(', ');
  return new UsageError(`The application has no ${kind} ${name}. It has: ${names === '' ? 'none' : names}.`);
}

function toError(payload: unknown): Error {
  const { errorType = 'Error', errorMessage = '' } = (payload ?? {}) as Record<string, string>;
  const error = new Error(errorMessage);
  error.name = errorType;
  return error;
}
