import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Sleep } from '../../time/runtime-clock';
import type { TraceContext } from '../../traces/header';
import { DATA_LIMIT_EXCEEDED, StateError } from '../errors';
import { MAX_DATA_BYTES, MAX_TRANSITIONS, type Transition } from '../execution-record';
import type { Variables } from '../jsonata/expression';
import { byteLength, PAYLOAD_LIMIT } from '../jsonata/json';
import type { ServiceCaller } from '../tasks/task-runner';
import { Cancellation } from './cancellation';
import type { TaskTokens } from './task-tokens';

/** The trace of an execution and the ID of the execution's segment. */
export interface TracePoint {
  readonly context: TraceContext;
  readonly segmentId: string;
}

/** The failure of a state, after its retries. */
export interface StateFailure {
  readonly name: string;
  /** See `Transition.path`. */
  readonly path: string;
  /** The time in epoch milliseconds. */
  readonly time: number;
  readonly error?: string;
  readonly cause?: string;
}

/** Sources of time and random numbers, and an observer. Tests replace them. */
export interface Dependencies {
  /** Returns the time in epoch milliseconds. */
  readonly now: () => number;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
  readonly sleep: Sleep;
  readonly onStateFailed?: (failure: StateFailure) => void;
}

/** The maximum size of all variables of an execution, as on AWS. */
const MAX_VARIABLE_BYTES = 10 * 1024 * 1024;
/**
 * The number of states to run before yielding to the event loop, so that a loop in a state machine does not block the process.
 */
const STATES_PER_TURN = 256;

/** The data that all branches of a running execution share. */
export class Execution {
  readonly cancellation = new Cancellation();
  readonly transitions: Transition[] = [];
  transitionsDropped = 0;
  /** The ID of the latest event, counted as in the execution history on AWS. ExecutionStarted has ID 1. */
  lastEventId = 1;
  /** The total size of the inputs and outputs in `transitions`, in bytes. */
  dataBytes = 0;
  private variableBytes = 0;
  private statesEntered = 0;

  constructor(
    readonly dependencies: Dependencies,
    readonly caller: ServiceCaller,
    readonly taskTokens: TaskTokens,
    /** `$states.context.Execution` and `$states.context.StateMachine`. */
    readonly context: { readonly Execution: object; readonly StateMachine: object },
    /** Set only if the execution is traced. */
    readonly trace?: TracePoint,
  ) {}

  /** Counts a state. Yields to the event loop every `STATES_PER_TURN` states. */
  async yieldPeriodically(): Promise<void> {
    this.statesEntered += 1;
    if (this.statesEntered % STATES_PER_TURN === 0) await nextTurn();
  }

  /** Adds a transition to the record. Returns false if the record is full. */
  addTransition(transition: Transition): boolean {
    const hasRoom = this.transitions.length < MAX_TRANSITIONS;
    if (hasRoom) this.transitions.push(transition);
    else this.transitionsDropped += 1;
    return hasRoom;
  }

  /** Stores a state's input or output in its transition, unless the record's data limit is reached. */
  storeData(transition: Transition, member: 'input' | 'output', value: unknown): void {
    const bytes = byteLength(value);
    if (this.dataBytes + bytes > MAX_DATA_BYTES) return;
    this.dataBytes += bytes;
    transition[member] = value;
  }

  /** Records and reports the error of a state. */
  recordFailure(transition: Transition, { errorName, causeText }: StateError): void {
    transition.error = errorName ?? '';
    this.dependencies.onStateFailed?.({
      name: transition.name,
      path: transition.path,
      time: this.dependencies.now(),
      ...(errorName === undefined ? {} : { error: errorName }),
      ...(causeText === undefined ? {} : { cause: causeText }),
    });
  }

  /**
   * Returns the variables with the assigned values. Throws an error if the values exceed the payload limit, or if all variables
   * of the execution exceed `MAX_VARIABLE_BYTES`.
   */
  assignVariables(variables: Variables, values: Variables, stateName: string): Variables {
    let added = 0;
    for (const [name, value] of Object.entries(values)) {
      added += byteLength(value);
      if (Object.hasOwn(variables, name)) this.variableBytes -= byteLength(variables[name]);
    }
    this.variableBytes += added;
    if (added > PAYLOAD_LIMIT || this.variableBytes > MAX_VARIABLE_BYTES) {
      throw new StateError(
        DATA_LIMIT_EXCEEDED,
        `The variables assigned by the state '${stateName}' exceed the maximum number of bytes service limit.`,
      );
    }
    return { ...variables, ...values };
  }

  /** Subtracts the variables of a branch that has ended from the total size. */
  releaseVariables(branchVariables: Variables, outer: Variables): void {
    for (const [name, value] of Object.entries(branchVariables)) {
      if (!Object.hasOwn(outer, name)) this.variableBytes -= byteLength(value);
    }
  }
}
