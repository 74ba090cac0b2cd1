import { randomUUID } from 'node:crypto';
import type { CallContext, JsonObject } from '../core/service';
import { RuntimeClock, type Sleep } from '../time/runtime-clock';
import type { RecordSegment } from '../traces/segment';
import { CLOSED, type DeliveryOptions, deliverToTarget } from './delivery';
import { type DeliveryReport, startDeliverySegment } from './delivery-segment';
import { type AcceptedEvent, parseBusName } from './entries';
import type { EventBusModel } from './model';
import type { CompiledRule, CompiledTarget } from './rules';

/** The result of a delivery to a rule's target. */
export interface EventDelivery extends DeliveryReport {
  readonly ruleArn: string;
  readonly targetArn: string;
}

export interface RouterOptions extends Pick<DeliveryOptions, 'deliver' | 'deadLetter'> {
  readonly buses: readonly EventBusModel[];
  readonly region: string;
  readonly accountId: string;
  /** Throws AwsError unless the caller may send events to an event bus that is a target. Default: allows all callers. */
  readonly authorizeForward?: (busArn: string, context: CallContext) => void;
  /** Returns the time in epoch milliseconds. Default: Date.now. */
  readonly clock?: () => number;
  /** Waits between retries. Default: the sleep of a new `RuntimeClock`. */
  readonly sleep?: Sleep;
  /** Returns a number in [0, 1). Default: Math.random. */
  readonly random?: () => number;
  /** Logs a line for each event that is dropped or sent to a dead-letter queue. */
  readonly log?: (line: string) => void;
  /**
   * Returns whether to deliver an event to a target twice, because delivery is at least once. Default: never.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
   */
  readonly isDuplicate?: () => boolean;
  /** Called with each accepted event, the name of its event bus, and the context of the caller that published it. */
  readonly onEvent?: (event: JsonObject, busName: string, context: CallContext) => void;
  /**
   * Called with the result of each delivery to a target, except deliveries that are interrupted because the runtime closes.
   */
  readonly onDelivery?: (event: JsonObject, busName: string, delivery: EventDelivery) => void;
  /** Receives EventBridge's trace segments. */
  readonly segments?: RecordSegment;
}

/** Delivers events to the targets of matching rules. */
export class EventRouter {
  private readonly busNames: ReadonlySet<string>;
  private readonly pending = new Set<Promise<void>>();
  private readonly closing = new AbortController();
  private readonly clock: () => number;
  private readonly log: (line: string) => void;
  private readonly delivery: DeliveryOptions;

  constructor(
    private readonly rules: readonly CompiledRule[],
    private readonly options: RouterOptions,
  ) {
    this.busNames = new Set(['default', ...options.buses.map(({ name }) => name)]);
    this.clock = options.clock ?? Date.now;
    this.log = options.log ?? (() => {});
    this.delivery = {
      deliver: async (targetArn, input, context) =>
        isBus(targetArn)
          ? this.forward(targetArn, input as JsonObject, context)
          : options.deliver(targetArn, input, context),
      deadLetter: options.deadLetter,
      clock: this.clock,
      sleep: options.sleep ?? new RuntimeClock().sleep,
      random: options.random ?? Math.random,
      log: this.log,
      closing: this.closing.signal,
    };
  }

  get isClosed(): boolean {
    return this.closing.signal.aborted;
  }

  /** Delivers an event to the targets of matching rules. */
  route(accepted: AcceptedEvent, isForwarded = false): void {
    const { busName, event, context } = accepted;
    this.options.onEvent?.(event, busName, context);
    if (!this.busNames.has(busName))
      this.log(`EventBridge dropped event ${String(event.id)}: there is no event bus ${busName}.`);
    for (const rule of this.rules) {
      if (!rule.enabled || parseBusName(rule.eventBusName) !== busName || !rule.matches(event)) continue;
      this.runRule(rule, accepted, isForwarded);
    }
  }

  /** Sends an event to the targets of a rule with a schedule. `time` is in epoch milliseconds. */
  startRule(ruleArn: string, time: number): void {
    const rule = this.rules.find(({ arn }) => arn === ruleArn);
    if (!rule || this.isClosed) return;
    const event = createScheduledEvent(rule.arn, time, this.options);
    this.runRule(rule, { busName: 'default', event, context: {} });
  }

  /** Resolves when all deliveries have ended, including retries. */
  async idle(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending);
  }

  /** Cancels pending retries. */
  close(): void {
    this.closing.abort();
  }

  /**
   * Routes an event to an event bus that is a target. EventBridge cannot route events received from a sender event bus to a
   * third event bus (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html).
   */
  private forward(busArn: string, event: JsonObject, context: CallContext): void {
    this.options.authorizeForward?.(busArn, context);
    const { principal: _, ...forwarded } = context;
    this.route({ busName: parseBusName(busArn), event, context: forwarded }, true);
  }

  /** Delivers an event to all targets of a rule. A forwarded event is not forwarded again. */
  private runRule(rule: CompiledRule, accepted: AcceptedEvent, isForwarded = false): void {
    const ingestedAt = this.clock();
    const all = isForwarded ? rule.targets.filter(({ arn }) => !isBus(arn)) : rule.targets;
    const targets = all.flatMap((target) => (this.options.isDuplicate?.() ? [target, target] : target));
    for (const target of targets) this.track(this.startDelivery(rule, target, accepted, ingestedAt));
  }

  private startDelivery(
    rule: CompiledRule,
    target: CompiledTarget,
    { busName, event, context }: AcceptedEvent,
    ingestedAt: number,
  ): Promise<void> {
    const input = target.createInput(event, { ruleArn: rule.arn, ruleName: rule.name, ingestedAt });
    const sent = { ruleArn: rule.arn, target, event, input };
    const ids = { busName, ruleArn: rule.arn, targetArn: target.arn, eventId: String(event.id) };
    const segment = startDeliverySegment(context, ids, this.options.segments);
    return waitForResponse()
      .then(() => deliverToTarget(sent, segment.context, this.delivery))
      .then((report) => {
        if (report.error !== CLOSED) {
          rule.metrics.recordDelivery(report);
          const { isLost: _, ...reported } = report;
          const delivery = { ...reported, ruleArn: rule.arn, targetArn: target.arn };
          this.options.onDelivery?.(event, busName, delivery);
        }
        segment.recordEnd(report);
      });
  }

  private track(work: Promise<void>): void {
    this.pending.add(work);
    void work.finally(() => this.pending.delete(work));
  }
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
function createScheduledEvent(
  ruleArn: string,
  time: number,
  { region, accountId }: Pick<RouterOptions, 'region' | 'accountId'>,
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

function isBus(arn: string): boolean {
  return arn.includes(':event-bus/');
}

/** Resolves after the caller has received the response, because AWS delivers events asynchronously. */
function waitForResponse(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
