import { setImmediate as turn } from 'node:timers/promises';
import type { CallContext, JsonObject } from '../../src/core/service';
import { createStates, type ExecutionRecord, type StatesOptions, type StatesService } from '../../src/states';
import type { StateMachineModel } from '../../src/states/model';

/** A clock that advances only from timer to timer. */
export class VirtualTime {
  time = Date.UTC(2026, 0, 2, 3, 4, 5);
  /** The duration of each sleep in milliseconds, except for the five-minute timers of Express executions. */
  readonly slept: number[] = [];
  private timers: { at: number; fire: () => void }[] = [];

  readonly now = () => this.time;

  readonly sleep = (ms: number, signal: AbortSignal): Promise<void> => {
    if (ms !== 300_000) this.slept.push(ms);
    return new Promise((resolve) => {
      const timer = { at: this.time + ms, fire: resolve };
      const drop = () => {
        this.timers = this.timers.filter((other) => other !== timer);
        resolve();
      };
      if (signal.aborted) resolve();
      else {
        this.timers.push(timer);
        signal.addEventListener('abort', drop, { once: true });
      }
    });
  };

  /** Runs pending work and skips waits until the promise settles. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    for (;;) {
      for (let turns = 0; turns < 200 && !isSettled; turns++) await turn();
      if (isSettled) return promise;
      this.advance();
    }
  }

  get pending(): number {
    return this.timers.length;
  }

  private advance(): void {
    const [next] = this.timers.sort((one, other) => one.at - other.at);
    if (!next) return;
    this.timers = this.timers.filter((timer) => timer !== next);
    this.time = next.at;
    next.fire();
  }
}

export interface Call {
  readonly service: string;
  readonly action: string;
  readonly input: JsonObject;
  readonly context: CallContext;
}

export type Answer = (call: Call) => unknown;

export interface Harness {
  readonly states: StatesService;
  readonly time: VirtualTime;
  readonly calls: Call[];
  readonly records: ExecutionRecord[];
  /** Runs one execution until it ends, and skips its waits. */
  run(input?: unknown): Promise<ExecutionRecord>;
}

export function model(definition: object, type: 'EXPRESS' | 'STANDARD' = 'EXPRESS'): StateMachineModel {
  return {
    logicalId: 'Machine',
    name: 'machine',
    arn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:machine',
    type,
    role: { statements: [], unresolved: [] },
    definition: { QueryLanguage: 'JSONata', ...definition },
    tracing: true,
  };
}

/** Compiles a definition without running it. Throws UnsupportedError if the runtime rejects it. */
export function compileDefinition(definition: object): void {
  createStates({ stateMachines: [model(definition)], invoke: async () => ({}) });
}

/** Creates a state machine. Its service calls return the value of `answer`, which may return a promise or throw an error. */
export function harness(
  definition: object,
  answer: Answer = () => ({}),
  options: Partial<StatesOptions> = {},
): Harness {
  const time = new VirtualTime();
  const calls: Call[] = [];
  const records: ExecutionRecord[] = [];
  const stateMachine = options.stateMachines?.[0] ?? model(definition);
  const states = createStates({
    stateMachines: [stateMachine],
    now: time.now,
    sleep: time.sleep,
    onExecution: (record) => records.push(record),
    invoke: async (service, action, input, context) => {
      const call = { service, action, input, context };
      calls.push(call);
      return (await answer(call)) as JsonObject;
    },
    ...options,
  });
  return {
    states,
    time,
    calls,
    records,
    async run(input = {}) {
      const before = records.length;
      const started = { stateMachineArn: stateMachine.arn, input: JSON.stringify(input) };
      await states.call('StartExecution', started, {});
      await time.until(states.idle());
      return records[before] as ExecutionRecord;
    },
  };
}

/** Creates a definition with one state. */
export function only(state: object): object {
  const ends = 'End' in state || ['Succeed', 'Fail', 'Choice'].includes((state as { Type: string }).Type);
  return { StartAt: 'Only', States: { Only: ends ? state : { ...state, End: true } } };
}

/** Returns the value of an expression, or the name and cause of its error. */
export async function evaluate(expression: string, input: unknown = {}): Promise<unknown> {
  const record = await harness(only({ Type: 'Pass', Output: `{% ${expression} %}` })).run(input);
  return record.status === 'SUCCEEDED' ? record.output : { error: record.error, cause: record.cause };
}

export const INVOKE = 'arn:aws:states:::lambda:invoke';

/** Creates a Task that invokes a function with the state's input. */
export function invoke(more: object = {}): object {
  return {
    Type: 'Task',
    Resource: INVOKE,
    Arguments: { FunctionName: 'fn', Payload: '{% $states.input %}' },
    Output: '{% $states.result.Payload %}',
    ...more,
  };
}

/** Creates the response of Lambda for a failed function. */
export function functionError(errorType: string, errorMessage = 'it broke'): JsonObject {
  return { StatusCode: 200, FunctionError: 'Unhandled', Payload: { errorType, errorMessage } };
}
