import { randomUUID } from 'node:crypto';
import { formatArn } from '../aws/arn';
import { discardMetrics, type OpenMetric } from '../core/metrics';
import { AwsError, type CallContext, type JsonObject, type Service, UnsupportedError } from '../core/service';
import { type CompiledPattern, compilePattern, matchesPattern } from '../event-patterns/pattern';
import { RuntimeClock, type Sleep } from '../time/runtime-clock';
import type { RecordSegment } from '../traces/segment';
import { CLOSED, type DeliveryOptions, deliverToTarget } from './delivery';
import { type DeliveryReport, startDeliverySegment } from './delivery-segment';
import { type AcceptedEvent, acceptEntry, parseBusName, parseEntries } from './entries';
import type { EventBusModel, RuleModel, TargetModel } from './model';
import { RuleMetrics } from './rule-metrics';
import { type CreateInput, compileTargetInput } from './target-input';

export { matchesPattern } from '../event-patterns/pattern';

/** The end of a delivery to a target of a rule. */
export interface EventDelivery extends DeliveryReport {
  readonly ruleArn: string;
  readonly targetArn: string;
}

export interface EventsOptions extends Pick<DeliveryOptions, 'deliver' | 'deadLetter'> {
  readonly buses: readonly EventBusModel[];
  readonly rules: readonly RuleModel[];
  readonly region: string;
  readonly accountId: string;
  /** Throws AwsError unless the caller may send events to an event bus that is a target. Default: every caller may. */
  readonly authorizeForward?: (busArn: string, context: CallContext) => void;
  /** Returns the time in epoch milliseconds. Default: Date.now. */
  readonly clock?: () => number;
  /** Waits between retries. Default: the sleep of a new `RuntimeClock`. */
  readonly sleep?: Sleep;
  /** Returns a number in [0, 1). Default: Math.random. */
  readonly random?: () => number;
  /** Receives a line for each event that is dropped or sent to a dead-letter queue. */
  readonly log?: (line: string) => void;
  /**
   * Returns whether an event is delivered twice to a target, because delivery is at least once. Default: never.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
   */
  readonly isDuplicate?: () => boolean;
  /** Called with each accepted event, the name of its bus, and the context of its publisher. */
  readonly onEvent?: (event: JsonObject, busName: string, context: CallContext) => void;
  /** Called with the end of each delivery to a target, except when the runtime ends. */
  readonly onDelivery?: (event: JsonObject, busName: string, delivery: EventDelivery) => void;
  /** Receives EventBridge's trace segments. */
  readonly segments?: RecordSegment;
  /** Records the metrics of the rules. */
  readonly openMetric?: OpenMetric;
}

export interface EventsService extends Service {
  /** Sends an event to the targets of a rule with a schedule. `time` is in epoch milliseconds. */
  startRule(ruleArn: string, time: number): void;
  /** Resolves when all deliveries have ended, including retries. */
  idle(): Promise<void>;
  /** Rejects new events and cancels pending retries. */
  close(): void;
}

type CompiledTarget = TargetModel & { readonly createInput: CreateInput };

interface CompiledRule extends RuleModel {
  readonly targets: readonly CompiledTarget[];
  readonly matches: CompiledPattern;
  readonly metrics: RuleMetrics;
}

/**
 * Creates the EventBridge service with the template's buses and rules and the default bus. Delivery is asynchronous,
 * at least once and unordered.
 *
 * Throws InvalidEventPatternException, naming the rule, for an invalid pattern.
 */
export function createEvents(options: EventsOptions): EventsService {
  const { region, accountId } = options;
  const rules = options.rules.map((rule) => compileRule(rule, options.openMetric ?? discardMetrics));
  const busNames = new Set(['default', ...options.buses.map(({ name }) => name)]);
  const clock = options.clock ?? Date.now;
  const log = options.log ?? (() => {});
  const pending = new Set<Promise<void>>();
  const closing = new AbortController();
  const delivery: DeliveryOptions = {
    deliver: async (targetArn, input, context) => {
      if (!isBus(targetArn)) return options.deliver(targetArn, input, context);
      options.authorizeForward?.(targetArn, context);
      // EventBridge cannot route events received from a sender event bus to a third event bus
      // (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html).
      const { principal: _, ...forwarded } = context;
      route({ busName: parseBusName(targetArn), event: input as JsonObject, context: forwarded }, true);
    },
    deadLetter: options.deadLetter,
    clock,
    sleep: options.sleep ?? new RuntimeClock().sleep,
    random: options.random ?? Math.random,
    log,
    closing: closing.signal,
  };

  function track(work: Promise<void>): void {
    pending.add(work);
    void work.finally(() => pending.delete(work));
  }

  /** Delivers an event to all targets of a rule. A forwarded event is not forwarded again. */
  function runRule(
    rule: CompiledRule,
    { busName, event, context }: AcceptedEvent,
    isForwarded = false,
  ): void {
    const ingestedAt = clock();
    const all = isForwarded ? rule.targets.filter(({ arn }) => !isBus(arn)) : rule.targets;
    const targets = all.flatMap((target) => (options.isDuplicate?.() ? [target, target] : target));
    for (const target of targets) {
      const input = target.createInput(event, { ruleArn: rule.arn, ruleName: rule.name, ingestedAt });
      const sent = { ruleArn: rule.arn, target, event, input };
      const ids = { busName, ruleArn: rule.arn, targetArn: target.arn, eventId: String(event.id) };
      const segment = startDeliverySegment(context, ids, options.segments);
      track(
        waitForResponse()
          .then(() => deliverToTarget(sent, segment.context, delivery))
          .then((report) => {
            if (report.error !== CLOSED) {
              rule.metrics.recordDelivery(report.error !== undefined);
              options.onDelivery?.(event, busName, { ...report, ruleArn: rule.arn, targetArn: target.arn });
            }
            segment.recordEnd(report);
          }),
      );
    }
  }

  function route(accepted: AcceptedEvent, isForwarded = false): void {
    const { busName, event, context } = accepted;
    options.onEvent?.(event, busName, context);
    if (!busNames.has(busName))
      log(`EventBridge dropped event ${String(event.id)}: there is no event bus ${busName}.`);
    for (const rule of rules) {
      if (!rule.enabled || parseBusName(rule.eventBusName) !== busName || !rule.matches(event)) continue;
      runRule(rule, accepted, isForwarded);
    }
  }

  function startRule(ruleArn: string, time: number): void {
    const rule = rules.find(({ arn }) => arn === ruleArn);
    if (rule && !closing.signal.aborted) {
      const event = createScheduledEvent(rule.arn, time, options);
      runRule(rule, { busName: 'default', event, context: {} });
    }
  }

  /** As on AWS, succeeds for a bus that does not exist (github.com/aws/aws-cli/issues/9186). */
  function putEvents(input: JsonObject, context: CallContext): JsonObject {
    const now = clock();
    const results = parseEntries(input).map((entry) =>
      acceptEntry(entry, context, { region, accountId, now }),
    );
    const Entries = results.map((result) => {
      if (!('accepted' in result)) return result;
      route(result.accepted);
      return { EventId: result.id };
    });
    return { FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries };
  }

  const defaultBus = { name: 'default', arn: formatArn(options, 'events', 'event-bus/default') };
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
        .filter((rule) => parseBusName(rule.eventBusName) === parseBusName(EventBusName))
        .filter(({ name }) => name.startsWith(String(NamePrefix)))
        .map(describeRule),
    }),
  };

  return {
    call: async (action, input, context) => {
      const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (!run) throw new UnsupportedError(`EventBridge: the action ${action} is not supported.`);
      if (closing.signal.aborted)
        throw new AwsError('InternalFailure', 'The local runtime is shutting down', 500);
      return run(input, context);
    },
    startRule,
    idle: async () => {
      while (pending.size > 0) await Promise.all(pending);
    },
    close: () => closing.abort(),
  };
}

function compileRule(rule: RuleModel, openMetric: OpenMetric): CompiledRule {
  try {
    const targets = rule.targets.map((target) => ({
      ...target,
      createInput: compileTargetInput(target.input),
    }));
    const matches = rule.pattern ? compilePattern(rule.pattern) : () => false;
    return { ...rule, targets, matches, metrics: new RuleMetrics(openMetric, rule) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(error.code, `rule ${rule.logicalId}: ${error.message}`);
  }
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
function createScheduledEvent(
  ruleArn: string,
  time: number,
  { region, accountId }: Pick<EventsOptions, 'region' | 'accountId'>,
): JsonObject {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: accountId,
    time: `${new Date(time).toISOString().slice(0, 19)}Z`,
    region,
    resources: [ruleArn],
    detail: {},
  };
}

function describeRule(rule: RuleModel): JsonObject {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventBusName: parseBusName(rule.eventBusName),
    ...(rule.pattern && { EventPattern: JSON.stringify(rule.pattern) }),
    ...(rule.schedule === undefined ? {} : { ScheduleExpression: rule.schedule }),
    State: rule.enabled ? 'ENABLED' : 'DISABLED',
  };
}

function testEventPattern({ EventPattern, Event }: JsonObject): JsonObject {
  const pattern = parseJson(EventPattern);
  if (pattern === undefined) {
    throw new AwsError('InvalidEventPatternException', 'Event pattern is not valid. Reason: Invalid JSON');
  }
  const event = parseJson(Event);
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new AwsError('ValidationException', 'Parameter Event is not valid.');
  }
  return { Result: matchesPattern(pattern, event as JsonObject) };
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

function isBus(arn: string): boolean {
  return arn.includes(':event-bus/');
}

/** Resolves after the caller has received its response: AWS delivers events asynchronously. */
function waitForResponse(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
