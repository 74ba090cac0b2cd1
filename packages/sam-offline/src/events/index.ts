import type { EventBusModel, RuleModel } from '../core/model';
import { AwsError, type CallContext, type JsonObject, type Service, UnsupportedError } from '../core/service';
import type { RecordSegment } from '../traces/segment';
import { type DeliveryOptions, deliverToTarget } from './delivery';
import { traceDelivery } from './delivery-segment';
import { type AcceptedEvent, acceptEntry, busNameOf, entriesOf } from './entries';
import { type CompiledPattern, compilePattern, matchesPattern } from './pattern';

export { matchesPattern } from './pattern';

export interface EventsOptions extends Pick<DeliveryOptions, 'deliver' | 'deadLetter'> {
  readonly buses: readonly EventBusModel[];
  readonly rules: readonly RuleModel[];
  readonly region: string;
  readonly accountId: string;
  /** Epoch milliseconds; default Date.now. */
  readonly clock?: () => number;
  /** Waits between retries; the default one ends at once when the service is closed. */
  readonly sleep?: (millis: number) => Promise<void>;
  /** Uniform in [0, 1); default Math.random. */
  readonly random?: () => number;
  /** Told, in words, what was dropped or dead-lettered and why. */
  readonly log?: (line: string) => void;
  /** Where EventBridge's own trace segments go. */
  readonly segments?: RecordSegment;
}

export interface EventsService extends Service {
  /** Resolves when no event is on its way any more, retries included. */
  idle(): Promise<void>;
  /** Accepts nothing more and gives up what waits for a retry. */
  close(): void;
}

type CompiledRule = RuleModel & { readonly matches: CompiledPattern };

/**
 * EventBridge with the buses and rules of a template, and the default bus. Delivery is asynchronous, at least
 * once and in no order.
 *
 * Throws InvalidEventPatternException, naming the rule, for a pattern EventBridge would refuse.
 */
export function createEvents(options: EventsOptions): EventsService {
  const { region, accountId } = options;
  const rules = options.rules.map(compileRule);
  const busNames = new Set(['default', ...options.buses.map(({ name }) => name)]);
  const clock = options.clock ?? Date.now;
  const log = options.log ?? (() => {});
  const pending = new Set<Promise<void>>();
  const timers = cancellableTimers();
  let closed = false;
  const delivery: DeliveryOptions = {
    deliver: options.deliver,
    deadLetter: options.deadLetter,
    clock,
    sleep: options.sleep ?? timers.sleep,
    random: options.random ?? Math.random,
    log,
    closed: () => closed,
  };

  function track(work: Promise<void>): void {
    pending.add(work);
    void work.finally(() => pending.delete(work));
  }

  function route({ busName, event, context }: AcceptedEvent): void {
    if (!busNames.has(busName))
      log(`EventBridge has no bus ${busName}: event ${String(event.id)} goes nowhere`);
    for (const rule of rules) {
      if (!rule.enabled || busNameOf(rule.eventBusName) !== busName || !rule.matches(event)) continue;
      for (const target of rule.targets) {
        const facts = { busName, ruleArn: rule.arn, targetArn: target.arn, id: String(event.id) };
        const trace = traceDelivery(context, facts, options.segments);
        track(
          afterReply()
            .then(() => deliverToTarget(rule.arn, target, event, trace.context, delivery))
            .then(trace.ended),
        );
      }
    }
  }

  /** AWS answers with success for a bus that does not exist (github.com/aws/aws-cli/issues/9186). */
  function putEvents(input: JsonObject, context: CallContext): JsonObject {
    const now = clock();
    const results = entriesOf(input).map((entry) => acceptEntry(entry, context, { region, accountId, now }));
    const Entries = results.map((result) => {
      if (!('accepted' in result)) return result;
      route(result.accepted);
      return { EventId: result.id };
    });
    return { FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries };
  }

  const defaultBus = { name: 'default', arn: `arn:aws:events:${region}:${accountId}:event-bus/default` };
  const actions: Record<string, (input: JsonObject, context: CallContext) => JsonObject> = {
    PutEvents: putEvents,
    TestEventPattern: testEventPattern,
    ListEventBuses: ({ NamePrefix = '' }) => ({
      EventBuses: [defaultBus, ...options.buses]
        .filter(({ name }) => name.startsWith(String(NamePrefix)))
        .map(({ name, arn }) => ({ Name: name, Arn: arn })),
    }),
    ListRules: ({ EventBusName, NamePrefix = '' }) => ({
      Rules: rules
        .filter((rule) => busNameOf(rule.eventBusName) === busNameOf(EventBusName))
        .filter(({ name }) => name.startsWith(String(NamePrefix)))
        .map(describeRule),
    }),
  };

  return {
    call: async (action, input, context) => {
      const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (!run) throw new UnsupportedError(`EventBridge: the action ${action} is not supported.`);
      if (closed) throw new AwsError('InternalFailure', 'The local runtime is shutting down', 500);
      return run(input, context);
    },
    idle: async () => {
      while (pending.size > 0) await Promise.all(pending);
    },
    close: () => {
      closed = true;
      timers.cancel();
    },
  };
}

function compileRule(rule: RuleModel): CompiledRule {
  try {
    return { ...rule, matches: compilePattern(rule.pattern) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(error.code, `rule ${rule.logicalId}: ${error.message}`);
  }
}

function describeRule(rule: RuleModel): JsonObject {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventBusName: busNameOf(rule.eventBusName),
    EventPattern: JSON.stringify(rule.pattern),
    State: rule.enabled ? 'ENABLED' : 'DISABLED',
  };
}

function testEventPattern({ EventPattern, Event }: JsonObject): JsonObject {
  const pattern = parse(EventPattern);
  if (pattern === undefined) {
    throw new AwsError('InvalidEventPatternException', 'Event pattern is not valid. Reason: Invalid JSON');
  }
  const event = parse(Event);
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new AwsError('ValidationException', 'Parameter Event is not valid.');
  }
  return { Result: matchesPattern(pattern, event as JsonObject) };
}

function parse(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/** The caller has its answer before a target sees the event. */
function afterReply(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function cancellableTimers(): { sleep(millis: number): Promise<void>; cancel(): void } {
  const waiting = new Map<NodeJS.Timeout, () => void>();
  return {
    sleep: (millis) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => {
          waiting.delete(timer);
          resolve();
        }, millis);
        waiting.set(timer, resolve);
      }),
    cancel: () => {
      for (const [timer, resolve] of waiting) {
        clearTimeout(timer);
        resolve();
      }
      waiting.clear();
    },
  };
}
