import { formatArn } from '../aws/arn';
import { type Actions, requireAction } from '../core/actions';
import type { OpenMetric } from '../core/metrics';
import { AwsError, type CallContext, type JsonObject, type Service } from '../core/service';
import { matchesPattern } from '../event-patterns/pattern';
import { acceptEntry, parseBusName, parseEntries } from './entries';
import type { EventBusModel, RuleModel } from './model';
import { EventRouter, type RouterOptions } from './router';
import { type CompiledRule, compileRule, describeRule } from './rules';

export { matchesPattern } from '../event-patterns/pattern';
export type { EventDelivery } from './router';

export interface EventsOptions extends RouterOptions {
  readonly rules: readonly RuleModel[];
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

/**
 * Creates the EventBridge service with the default bus and the template's buses and rules. Delivery is asynchronous, at least
 * once and unordered.
 *
 * Throws InvalidEventPatternException with the name of the rule if a pattern is invalid.
 */
export function createEvents(options: EventsOptions): EventsService {
  const rules = options.rules.map((rule) => compileRule(rule, options.openMetric));
  const router = new EventRouter(rules, options);
  const defaultBus = { name: 'default', arn: formatArn(options, 'events', 'event-bus/default') };
  const actions: Actions = {
    PutEvents: (input, context) => putEvents(router, input, context, options),
    TestEventPattern: testEventPattern,
    ListEventBuses: (input) => listEventBuses([defaultBus, ...options.buses], input),
    ListRules: (input) => listRules(rules, input),
  };
  return {
    call: async (action, input, context) => {
      const run = requireAction('EventBridge', actions, action);
      if (router.isClosed) throw new AwsError('InternalFailure', 'The local runtime is shutting down', 500);
      return run(input, context);
    },
    startRule: (ruleArn, time) => router.startRule(ruleArn, time),
    idle: () => router.idle(),
    close: () => router.close(),
  };
}

/** Publishes events. As on AWS, the call succeeds even if the bus does not exist (github.com/aws/aws-cli/issues/9186). */
function putEvents(
  router: EventRouter,
  input: JsonObject,
  context: CallContext,
  { region, accountId, clock = Date.now }: EventsOptions,
): JsonObject {
  const now = clock();
  const results = parseEntries(input).map((entry) => acceptEntry(entry, context, { region, accountId, now }));
  const Entries = results.map((result) => {
    if (!('accepted' in result)) return result;
    router.route(result.accepted);
    return { EventId: result.id };
  });
  return { FailedEntryCount: Entries.filter((entry) => 'ErrorCode' in entry).length, Entries };
}

function listEventBuses(
  buses: readonly Pick<EventBusModel, 'name' | 'arn'>[],
  { NamePrefix = '' }: JsonObject,
): JsonObject {
  const found = buses.filter(({ name }) => name.startsWith(String(NamePrefix)));
  return { EventBuses: found.map(({ name, arn }) => ({ Name: name, Arn: arn })) };
}

function listRules(
  rules: readonly CompiledRule[],
  { EventBusName, NamePrefix = '' }: JsonObject,
): JsonObject {
  return {
    Rules: rules
      .filter((rule) => parseBusName(rule.eventBusName) === parseBusName(EventBusName))
      .filter(({ name }) => name.startsWith(String(NamePrefix)))
      .map(describeRule),
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
