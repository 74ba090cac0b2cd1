import { isObject, type JsonObject } from '../core/service';
import { createRoleArn } from './arns';
import type { ExecutionRecord, Transition } from './execution-record';
import type { ExecutionHandle } from './run/executions';

/** An event that has no ID yet. `previous` is the event that caused it. */
interface Draft {
  /** The time in epoch milliseconds. */
  readonly time: number;
  readonly type: string;
  readonly details: JsonObject;
  readonly previous: Draft | undefined;
}

/** The event that ends an execution, by execution status. */
const END_EVENTS: Readonly<Record<ExecutionRecord['status'], string>> = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
};

const FULL_DATA = { truncated: false };

/**
 * Returns the events of an execution in the format of GetExecutionHistory, oldest first. Derives the events from the recorded
 * transitions. Unlike on AWS, task events have no parameters and no output.
 *
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 *
 * @param transitions the transitions of the execution, even if it is still running
 */
export function listHistoryEvents(
  { start, startDate, machine: { model }, record }: ExecutionHandle,
  transitions: readonly Transition[],
): JsonObject[] {
  const started: Draft = {
    time: startDate,
    type: 'ExecutionStarted',
    details: {
      executionStartedEventDetails: {
        input: start.text,
        inputDetails: FULL_DATA,
        roleArn: createRoleArn(model),
      },
    },
    previous: undefined,
  };
  const drafts = [started];
  const resources = collectResources(model.definition);
  const last = addBranch(transitions, started, drafts, resources);
  if (record) drafts.push(createEnd(record, last));
  const sorted = drafts.sort((a, b) => a.time - b.time);
  const ids = new Map(sorted.map((draft, index) => [draft, index + 1]));
  return sorted.map(({ time, type, details, previous }, index) => ({
    timestamp: time / 1000,
    type,
    id: index + 1,
    previousEventId: previous ? ids.get(previous) : 0,
    ...details,
  }));
}

/** Removes inputs and outputs from events, as with `includeExecutionData: false`. */
export function omitExecutionData(event: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => {
      if (!isObject(value)) return [name, value];
      const { input: _input, output: _output, ...details } = value;
      return [name, details];
    }),
  );
}

function createEnd(record: ExecutionRecord, previous: Draft): Draft {
  const type = END_EVENTS[record.status];
  const { output, error, cause } = record;
  const details =
    record.status === 'SUCCEEDED'
      ? { output: JSON.stringify(output), outputDetails: FULL_DATA }
      : { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
  const name = `${type.slice(0, 1).toLowerCase()}${type.slice(1)}EventDetails`;
  return { time: record.stopDate, type, details: { [name]: details }, previous };
}

/**
 * Adds the events of a branch, including nested branches. In `transitions`, each state is followed by the transitions of its
 * nested branches. Returns the last event.
 */
function addBranch(
  transitions: readonly Transition[],
  before: Draft,
  drafts: Draft[],
  resources: ReadonlyMap<string, string>,
): Draft {
  const path = transitions[0]?.path;
  const starts = transitions.flatMap((transition, index) => (transition.path === path ? index : []));
  let last = before;
  starts.forEach((start, index) => {
    const [transition, ...inner] = transitions.slice(start, starts[index + 1]);
    if (transition) last = addState(transition, inner, last, drafts, resources);
  });
  return last;
}

function addState(
  transition: Transition,
  inner: readonly Transition[],
  before: Draft,
  drafts: Draft[],
  resources: ReadonlyMap<string, string>,
): Draft {
  const { name, type, entered, exited, error, input, output } = transition;
  let last = before;
  const add = (time: number, eventType: string, details: JsonObject = {}) => {
    last = { time, type: eventType, details, previous: last };
    drafts.push(last);
  };
  add(entered, `${type}StateEntered`, {
    stateEnteredEventDetails: { name, ...toData('input', input) },
  });
  if (type === 'Task') addTask(transition, resources.get(name) ?? '', add);
  const isNested = type === 'Map' || type === 'Parallel';
  if (isNested) {
    add(entered, `${type}StateStarted`);
    const first = last;
    for (const [index, branch] of groupByBranch(inner, transition)) {
      const end = addBranch(
        branch,
        addIteration('Started', type, name, index, branch, first, drafts),
        drafts,
        resources,
      );
      const isComplete = branch.every((each) => each.exited !== undefined && each.error === undefined);
      const ended = isComplete ? addIteration('Succeeded', type, name, index, branch, end, drafts) : end;
      if (ended.time >= last.time) last = ended;
    }
    if (exited !== undefined) add(exited, `${type}State${error === undefined ? 'Succeeded' : 'Failed'}`);
  }
  // A state with an uncaught error has no output and no exit event.
  if (exited !== undefined && (error === undefined || output !== undefined))
    add(exited, `${type}StateExited`, {
      stateExitedEventDetails: { name, ...toData('output', output) },
    });
  return last;
}

/** Adds the events of each attempt of a task. */
function addTask(
  { calls = [], retries, entered, exited, error }: Transition,
  arn: string,
  add: (time: number, type: string, details?: JsonObject) => void,
): void {
  const [, resourceType, resource] = /^arn:[^:]*:states:::(.+):([^:]+)$/.exec(arn) ?? [];
  const isFunction = resource === undefined;
  const prefix = isFunction ? 'LambdaFunction' : 'Task';
  const named = isFunction ? {} : { resourceType, resource };
  const member = (type: string, details: JsonObject) => ({
    [`${isFunction ? 'lambdaFunction' : 'task'}${type}EventDetails`]: details,
  });
  const attempts = retries + 1;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    // A polling task makes several calls in one attempt.
    const call = calls.length === attempts ? calls[attempt] : undefined;
    const started = call?.started ?? entered;
    add(started, `${prefix}Scheduled`, member('Scheduled', isFunction ? { resource: arn } : named));
    add(started, `${prefix}Started`, isFunction ? {} : member('Started', named));
    const isLast = attempt === attempts - 1;
    const failure = isLast ? error : (call?.error ?? error ?? '');
    const ended = isLast ? exited : (call?.ended ?? entered);
    if (ended === undefined) return;
    const type = failure === undefined ? 'Succeeded' : 'Failed';
    add(ended, `${prefix}${type}`, member(type, { ...named, ...(failure ? { error: failure } : {}) }));
  }
}

/** Groups the transitions of a state by branch or iteration. */
function groupByBranch(inner: readonly Transition[], { path, name }: Transition): Map<number, Transition[]> {
  const groups = new Map<number, Transition[]>();
  const prefix = `${path}${name}[`;
  for (const transition of inner) {
    const index = Number.parseInt(transition.path.slice(prefix.length), 10);
    groups.set(index, [...(groups.get(index) ?? []), transition]);
  }
  return groups;
}

/** Adds the start or end event of a Map iteration and returns it. Branches of a Parallel state have no such events. */
function addIteration(
  event: 'Started' | 'Succeeded',
  type: string,
  name: string,
  index: number,
  branch: readonly Transition[],
  previous: Draft,
  drafts: Draft[],
): Draft {
  if (type !== 'Map') return previous;
  const time = event === 'Started' ? (branch[0]?.entered ?? previous.time) : previous.time;
  const details = { [`mapIteration${event}EventDetails`]: { name, index } };
  const draft = { time, type: `MapIteration${event}`, details, previous };
  drafts.push(draft);
  return draft;
}

/** Returns the input or output of a state as JSON. Data that exceeds `MAX_DATA_BYTES` was not stored. */
function toData(member: 'input' | 'output', value: unknown): JsonObject {
  if (value === undefined) return {};
  return { [member]: JSON.stringify(value), [`${member}Details`]: FULL_DATA };
}

/** Returns the Resource of each task, by state name. */
function collectResources(definition: unknown, found = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(definition)) for (const item of definition) collectResources(item, found);
  if (!isObject(definition)) return found;
  for (const [name, value] of Object.entries(definition)) {
    if (isObject(value) && value.Type === 'Task' && typeof value.Resource === 'string')
      found.set(name, value.Resource);
    collectResources(value, found);
  }
  return found;
}
