import type { App } from '../app-model/app';
import type { CallContext, JsonObject } from '../core/service';
import type { EventDelivery } from '../events';
import { parseBusName } from '../events/entries';
import { explainMismatch, type Mismatch } from '../events/explain';
import type { RuleModel } from '../events/model';
import { parseTraceHeader } from '../traces/header';
import { describeInputs, type InputSummary } from './describe-input';

/** The maximum number of stored events, and their maximum total size as JSON. */
const MAX_EVENTS = 1000;
const MAX_CHARACTERS = 8 * 1024 * 1024;

interface StoredEvent {
  readonly event: JsonObject;
  readonly bus: string;
  /** The time in epoch milliseconds. */
  readonly time: number;
  readonly traceId?: string;
  readonly characters: number;
  readonly deliveries: EventDelivery[];
  /** Set when the event is first listed, so that publishing remains fast. */
  matchedRules?: readonly string[];
}

/** An event without its detail. */
interface EventOutline {
  /** The event ID and the name of the bus. Both are needed, because a rule can forward an event to another bus. */
  readonly key: string;
  readonly bus: string;
  readonly source: string;
  readonly detailType: string;
  readonly time: number;
  /** The logical IDs of enabled rules that match the event. */
  readonly matchedRules: readonly string[];
  /** The number of deliveries that failed after all retries. */
  readonly failed: number;
}

/** An event in the list. */
export type EventSummary = EventOutline & InputSummary;

/** A rule with a pattern, and the reason why it matched or did not match an event. */
export interface RuleVerdict {
  readonly logicalId: string;
  readonly bus: string;
  /**
   * The result. It is `bus` for rules of other event buses, and `disabled` for all disabled rules, even if the pattern does not
   * match.
   */
  readonly verdict: 'matched' | 'pattern' | 'disabled' | 'bus';
  readonly pattern: JsonObject;
  /** The parts of the pattern that the event does not match. Also present for rules of other event buses. */
  readonly mismatches: readonly Mismatch[];
  /** The completed deliveries to the rule's targets. */
  readonly deliveries: readonly EventDelivery[];
}

/** An event and the results of the rules. */
export interface EventView extends EventOutline {
  /** Whether the bus exists. As on AWS, publishing to an unknown bus succeeds. */
  readonly hasBus: boolean;
  readonly event: JsonObject;
  readonly traceId?: string;
  /** The rules. Matched rules are first, followed by other rules of the event's bus. */
  readonly rules: readonly RuleVerdict[];
}

type Rules = Pick<App, 'rules' | 'eventBuses'>;

/** Stores the latest published events in memory. */
export class EventStore {
  /** The events by key, oldest first. */
  private readonly events = new Map<string, StoredEvent>();
  private characters = 0;
  private changes = 0;

  /** Increases with each event and each delivery. */
  get version(): number {
    return this.changes;
  }

  add(event: JsonObject, bus: string, { traceHeader }: CallContext): void {
    this.changes += 1;
    const traceId = parseTraceHeader(traceHeader)?.root;
    const characters = JSON.stringify(event).length;
    const traced = traceId === undefined ? {} : { traceId };
    this.events.set(keyOf(event, bus), {
      event,
      bus,
      time: Date.now(),
      ...traced,
      characters,
      deliveries: [],
    });
    this.characters += characters;
    while (this.events.size > MAX_EVENTS || (this.characters > MAX_CHARACTERS && this.events.size > 1)) {
      const [[oldest, { characters: freed }]] = this.events as unknown as [[string, StoredEvent]];
      this.events.delete(oldest);
      this.characters -= freed;
    }
  }

  /** Records the result of a delivery. Ignores deliveries of events that are no longer stored. */
  addDelivery(event: JsonObject, bus: string, delivery: EventDelivery): void {
    this.changes += 1;
    this.events.get(keyOf(event, bus))?.deliveries.push(delivery);
  }

  /** Returns all events, newest first. */
  list(app: Rules): EventSummary[] {
    const newestFirst = [...this.events.values()].reverse();
    const summaries = describeInputs(newestFirst.map(({ event }) => event));
    return newestFirst.map((stored, index) => ({
      ...(summaries[index] as InputSummary),
      ...outline(stored, app),
    }));
  }

  /** Returns an event with the verdicts of all rules that have a pattern. */
  find(key: string, app: Rules): EventView | undefined {
    const stored = this.events.get(key);
    if (!stored) return undefined;
    const { event, bus, traceId } = stored;
    const verdicts = app.rules.flatMap((rule) => judge(rule, stored));
    return {
      ...outline(stored, app),
      hasBus: bus === 'default' || app.eventBuses.some(({ name }) => name === bus),
      event,
      ...(traceId === undefined ? {} : { traceId }),
      rules: verdicts.sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict)),
    };
  }
}

const ORDER: readonly RuleVerdict['verdict'][] = ['matched', 'disabled', 'pattern', 'bus'];

function keyOf({ id }: JsonObject, bus: string): string {
  return `${id}@${bus}`;
}

function outline(stored: StoredEvent, { rules }: Rules): EventOutline {
  const { event, bus, time, deliveries } = stored;
  stored.matchedRules ??= rules
    .flatMap((rule) => judge(rule, stored))
    .filter(({ verdict }) => verdict === 'matched')
    .map(({ logicalId }) => logicalId);
  return {
    key: keyOf(event, bus),
    bus,
    source: String(event.source),
    detailType: String(event['detail-type']),
    time,
    matchedRules: stored.matchedRules,
    failed: deliveries.filter(({ error }) => error !== undefined).length,
  };
}

/** Returns the verdict of a rule, or an empty list for a rule that has only a schedule. */
function judge(rule: RuleModel, { event, bus, deliveries }: StoredEvent): RuleVerdict[] {
  const { logicalId, arn, pattern, enabled } = rule;
  if (pattern === undefined) return [];
  const ruleBus = parseBusName(rule.eventBusName);
  const mismatches = explainMismatch(pattern, event);
  const verdict =
    ruleBus !== bus ? 'bus' : !enabled ? 'disabled' : mismatches.length > 0 ? 'pattern' : 'matched';
  return [
    {
      logicalId,
      bus: ruleBus,
      verdict,
      pattern,
      mismatches,
      deliveries: deliveries.filter(({ ruleArn }) => ruleArn === arn),
    },
  ];
}
