import type { App, FunctionModel } from 'sam-offline';
import type {
  DynamoDbService,
  EventsService,
  ExecutionRecord,
  JsonObject,
  StatesService,
} from 'sam-offline/testing';
import type { ChatEvent } from '../../../chat/protocol/events';
import { createRandom } from '../../../testbed/random';
import type { Faults } from '../faults/faults';
import { AsyncInvocations } from './async-invocations';
import { Calls } from './calls';
import { summarizeExecution } from './execution-summary';
import { type CreateCalls, createVariables, Functions } from './functions';
import { Gateway } from './gateway';
import type { History } from './history';
import { type Libraries, loadLibraries } from './libraries';
import type { Sources } from './realm';
import type { CallService } from './sdk-clients';
import type { Subject } from './subject';

/** The key of a row in the connections table. */
interface Key {
  readonly connectionId: { readonly S: string };
}

export interface HttpReply {
  readonly statusCode: number;
  readonly body: JsonObject;
}

/** The parts of an HTTP request that the handlers read. */
export interface HttpRequest {
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

type StateMachineModel = App['stateMachines'][number];

export interface AccountOptions {
  readonly seed: number;
  /** Undefined for the default retention period. */
  readonly retentionDays: number | undefined;
}

/** The value of all secrets. */
const SECRET = 'a-secret-that-is-long-enough';
const INDEX_LAG_MS = 3000;
const TRANSACTION_MS = 40;
const LATE_EVENT_MS = 20_000;
const LATE_EXPIRY_MS = 3600_000;
/**
 * The interval of TTL sweeps. On AWS, TTL deletes expired items within days. A sweep reads all items, so frequent sweeps would
 * take most of the CPU time of a quiet hour.
 */
const SWEEP_MS = 10 * 60_000;

/** The services of one account, with the functions and the workflow of the template. */
export class Account {
  readonly gateway: Gateway;
  /** The value of all secrets. */
  readonly secret = SECRET;
  private readonly app: App;
  private readonly calls: Calls;
  private readonly functions: Functions;
  private readonly events: EventsService;
  private readonly states: StatesService;
  private readonly asyncInvocations: AsyncInvocations;

  private constructor(
    private readonly sources: Sources,
    private readonly faults: Faults,
    private readonly history: History,
    libraries: Libraries,
    { app, bundles }: Subject,
    private readonly dynamodb: DynamoDbService,
    { hasSmallPages, variables }: { hasSmallPages: boolean; variables: Readonly<Record<string, string>> },
  ) {
    const { time, random } = sources;
    this.app = app;
    this.calls = new Calls(time, random, faults, libraries);
    const createCalls: CreateCalls = (model, kill) => this.createCalls(model, kill);
    this.functions = new Functions(bundles, libraries, sources, faults, createCalls, variables);
    const invoke = (model: FunctionModel, event: unknown) => this.functions.invoke(model, event);
    this.asyncInvocations = new AsyncInvocations(time, invoke, (event) => this.deadLetter(event));
    this.gateway = new Gateway({
      ...{ app: this.app, time, random, faults, history, invoke },
      createError: (code, status) => this.calls.createError(code, status),
    });
    const stateMachines = hasSmallPages ? this.app.stateMachines.map(withSmallPages) : this.app.stateMachines;
    this.states = libraries.services.createStates({
      ...{ stateMachines, now: time.now, sleep: time.sleep, random },
      expressionTimeoutMs: 0,
      invoke: (service, action, input) => this.invokeTask(service, action, input),
      onExecution: (record) => this.recordExecution(record),
    });
    this.events = this.createEvents(libraries);
  }

  static async open(
    subject: Subject,
    { seed, retentionDays }: AccountOptions,
    sources: Sources,
    faults: Faults,
    history: History,
  ): Promise<Account> {
    const { app, bundles } = subject;
    const variables = Object.assign({}, ...app.functions.map(createVariables));
    const libraries = loadLibraries(bundles, sources, variables);
    const random = createRandom(seed);
    const expiresLateMs = random() * LATE_EXPIRY_MS;
    const isLate = () => faults.drawMs('late expiry', 1) > 0;
    const dynamodb = await libraries.services.openDynamoDb({
      tables: app.tables,
      random,
      indexLagMs: () => random() * 20 + faults.drawMs('index lag', INDEX_LAG_MS),
      transactionMs: () => faults.drawMs('long transaction', TRANSACTION_MS),
      clock: () => sources.time.now() - (isLate() ? expiresLateMs : 0),
      setTimer: (sweep) => ({ cancel: sources.time.startTimer(SWEEP_MS, sweep) }),
    });
    return new Account(sources, faults, history, libraries, subject, dynamodb, {
      hasSmallPages: random() < 0.5,
      variables: retentionDays === undefined ? {} : { RETENTION_DAYS: String(retentionDays) },
    });
  }

  /** Starts the rules that have a schedule. */
  startScheduledRules(): void {
    for (const { arn, schedule } of this.app.rules)
      if (schedule !== undefined) this.events.startRule(arn, this.sources.time.now());
  }

  /** Records the rows of closed connections that have not expired. */
  async recordStaleRows(): Promise<void> {
    const TableName = this.app.tables.find(({ logicalId }) => logicalId === 'ConnectionsTable')?.name;
    const { Items } = await this.dynamodb.call('Scan', { TableName, ConsistentRead: true }, {});
    for (const item of Items as { [name: string]: { S?: string; N?: string } }[]) {
      const [connection, room] = [String(item.connectionId?.S), String(item.room?.S)];
      const isExpired = Number(item.expiresAt?.N) * 1000 <= this.sources.time.now();
      if (!isExpired && !this.gateway.isOpen(connection))
        this.history.add({ type: 'stale row', connection, room });
    }
  }

  private createCalls({ logicalId: from }: FunctionModel, kill: () => void): CallService {
    let hasEnded = false;
    const end = () => {
      hasEnded = true;
      kill();
    };
    return (service, action, input) => {
      if (hasEnded) return new Promise<never>(() => {});
      return this.calls.run({ service, action, from, kill: end }, () =>
        this.callService(service, action, input),
      );
    };
  }

  private async callService(service: string, action: string, input: JsonObject): Promise<JsonObject> {
    if (service === 'dynamodb') return this.dynamodb.call(action, input, {});
    if (service === 'events') return this.putEvents(input);
    if (service === 'execute-api') return this.gateway.call(action, input);
    if (service === 'secretsmanager') return { SecretString: SECRET };
    throw new Error(`The simulation does not have ${service}.${action}.`);
  }

  private async putEvents(input: JsonObject): Promise<JsonObject> {
    if (!this.faults.strikes('rejected entry', 'events')) return this.events.call('PutEvents', input, {});
    return {
      FailedEntryCount: 1,
      Entries: [{ ErrorCode: 'InternalFailure', ErrorMessage: 'Simulated failure' }],
    };
  }

  private createEvents(libraries: Libraries): EventsService {
    const { time, random } = this.sources;
    return libraries.services.createEvents({
      buses: this.app.eventBuses,
      rules: this.app.rules,
      region: this.app.region,
      accountId: this.app.accountId,
      deliver: (arn, input) => this.deliver(arn, input),
      deadLetter: async (_queue, body) => void this.deadLetter(JSON.parse(body)),
      ...{ clock: time.now, sleep: time.sleep, random },
      isDuplicate: () => this.faults.strikes('duplicate event', 'events'),
      onEvent: (event) => {
        this.recordMissed(event);
        this.history.add({
          type: 'published',
          event: String(event.id),
          detailType: String(event['detail-type']),
          messageId: (event.detail as { messageId?: string }).messageId,
          targets: this.app.rules.filter(
            ({ pattern }) => pattern && libraries.services.matchesPattern(pattern, event),
          ).length,
        });
      },
      onDelivery: (event, _bus, { error, isLost }) => {
        const outcome = error === undefined ? 'delivered' : isLost ? 'lost' : 'dead-lettered';
        this.history.add({ type: 'delivery', event: String(event.id), outcome });
      },
    });
  }

  private recordMissed({ 'detail-type': detailType, detail }: JsonObject): void {
    if (detailType !== 'MessageMissed') return;
    const { userId: user, room, seq, messageId } = detail as ChatEvent<'MessageMissed'>['detail'];
    this.history.add({ type: 'missed', user, room, seq, messageId });
  }

  /** Delivers an event to the target of a rule. */
  private async deliver(arn: string, input: unknown): Promise<void> {
    await this.sources.time.sleep(this.faults.drawMs('late event', LATE_EVENT_MS));
    const machine = this.app.stateMachines.find((model) => model.arn === arn);
    if (machine) {
      const call = { service: 'states', action: 'StartExecution', from: 'events' };
      const request = { stateMachineArn: arn, input: JSON.stringify(input) };
      await this.calls.run(call, () => this.states.call('StartExecution', request, {}));
      return;
    }
    const model = this.requireFunction(arn);
    const call = { service: 'lambda', action: 'Invoke', from: 'events' };
    await this.calls.run(call, async () => this.asyncInvocations.start(model, input));
  }

  private async invokeTask(service: string, action: string, input: JsonObject): Promise<JsonObject> {
    return this.calls.run({ service, action, from: 'FanOut' }, async () => {
      if (service === 'lambda') return this.invokePost(input);
      if (service === 'sqs') return this.deadLetter(input.MessageBody as JsonObject);
      const output = await this.callService(service, action, input);
      if (action === 'DeleteItem') this.recordDeletion(input.Key as Key, output);
      return output;
    });
  }

  private recordDeletion({ connectionId: { S: connection } }: Key, { Attributes }: JsonObject): void {
    if (Attributes === undefined) return;
    this.history.add({ type: 'row deleted', connection, isOpen: this.gateway.isOpen(connection) });
  }

  /**
   * Sends a request to a route of the HTTP API, which has authorized the caller already.
   *
   * @returns status 500, as from API Gateway, if the function fails
   */
  async requestHttp(routeKey: string, { body, ...request }: HttpRequest): Promise<HttpReply> {
    const name = routeKey === 'POST /broadcastmessage' ? 'BroadcastFunction' : 'ApiFunction';
    const model = this.app.functions.find(({ logicalId }) => logicalId === name) as FunctionModel;
    const event = { ...request, routeKey, requestContext: {}, body: JSON.stringify(body) };
    try {
      const reply = (await this.functions.invoke(model, event)) as { statusCode: number; body: string };
      return { statusCode: reply.statusCode, body: JSON.parse(reply.body) };
    } catch {
      return { statusCode: 500, body: { message: 'Internal Server Error' } };
    }
  }

  private async invokePost({ FunctionName, Payload }: JsonObject): Promise<JsonObject> {
    try {
      const result = await this.functions.invoke(this.requireFunction(String(FunctionName)), Payload);
      return { StatusCode: 200, Payload: result };
    } catch (error) {
      const { name, message } = error as Error;
      return {
        StatusCode: 200,
        FunctionError: 'Unhandled',
        Payload: { errorType: name, errorMessage: message },
      };
    }
  }

  private requireFunction(nameOrArn: string): FunctionModel {
    const model = this.app.functions.find(({ arn, name }) => nameOrArn === arn || nameOrArn === name);
    if (!model) throw new Error(`The template has no function ${nameOrArn}.`);
    return model;
  }

  private recordExecution(record: ExecutionRecord): void {
    const { id } = record.input as { id?: unknown };
    const { status } = record;
    this.history.add({ type: 'execution', event: String(id), status, ...summarizeExecution(record) });
  }

  private deadLetter(body: unknown): JsonObject {
    const event = (typeof body === 'string' ? JSON.parse(body) : body) as JsonObject;
    this.history.add({
      type: 'dead letter',
      event: String(event.id),
      detailType: String(event['detail-type']),
    });
    return { MessageId: 'simulated' };
  }
}

/** Reduces the page and batch sizes, so that small rooms have several pages and batches. */
function withSmallPages(model: StateMachineModel): StateMachineModel {
  const text = JSON.stringify(model.definition)
    .replace("'Limit': 1200", "'Limit': 3")
    .replace('? 350 :', '? 2 :');
  return { ...model, definition: JSON.parse(text) };
}
