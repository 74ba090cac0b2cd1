import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TraceContext } from '../../traces/header';
import { DATA_LIMIT_EXCEEDED, StateError } from '../errors';
import { DATA_KEPT_BYTES, TRANSITIONS_KEPT, type Transition } from '../execution-record';
import type { Variables } from '../jsonata/expression';
import { byteLength, PAYLOAD_LIMIT } from '../jsonata/json';
import type { Caller } from '../tasks/integrations';
import { Cancel, type Sleep } from './cancellation';

/** The trace an execution belongs to and the execution's own segment in it. */
export interface TracePoint {
  readonly context: TraceContext;
  readonly segmentId: string;
}

/** What executions need from the world; tests put their own in its place. */
export interface World {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly sleep: Sleep;
}

/** The variables of one execution together may take this many bytes. */
const VARIABLES_LIMIT = 10 * 1024 * 1024;
/** States run between two turns of the event loop, so that a loop that never waits does not stop the process. */
const STATES_PER_TURN = 256;

/** What the branches of one running execution share. */
export class Execution {
  readonly cancel = new Cancel();
  readonly transitions: Transition[] = [];
  transitionsDropped = 0;
  /** The id of the latest event as AWS's execution history would count it. ExecutionStarted is the first. */
  lastEventId = 1;
  /** Bytes of the inputs and outputs that the transitions hold. */
  dataBytes = 0;
  private variableBytes = 0;
  private states = 0;

  constructor(
    readonly world: World,
    readonly caller: Caller,
    /** `$states.context.Execution` and `.StateMachine`. */
    readonly context: { readonly Execution: object; readonly StateMachine: object },
    /** Present if calls are to carry the execution's trace on. */
    readonly trace?: TracePoint,
  ) {}

  /** Notes that a state is entered and gives the event loop its turn now and then. */
  async pace(): Promise<void> {
    this.states += 1;
    if (this.states % STATES_PER_TURN === 0) await nextTurn();
  }

  /** False if there is no room for it any more. */
  record(transition: Transition): boolean {
    const kept = this.transitions.length < TRANSITIONS_KEPT;
    if (kept) this.transitions.push(transition);
    else this.transitionsDropped += 1;
    return kept;
  }

  /** Keeps what goes in or comes out of a state with its transition, as long as there is room. */
  keep(transition: Transition, member: 'input' | 'output', value: unknown): void {
    const bytes = byteLength(value);
    if (this.dataBytes + bytes > DATA_KEPT_BYTES) return;
    this.dataBytes += bytes;
    transition[member] = value;
  }

  /** The scope's variables with new values. Each value, all of one Assign, and all variables are limited in size. */
  assign(variables: Variables, values: Variables, stateName: string): Variables {
    let added = 0;
    for (const [name, value] of Object.entries(values)) {
      added += byteLength(value);
      if (Object.hasOwn(variables, name)) this.variableBytes -= byteLength(variables[name]);
    }
    this.variableBytes += added;
    if (added > PAYLOAD_LIMIT || this.variableBytes > VARIABLES_LIMIT) {
      throw new StateError(
        DATA_LIMIT_EXCEEDED,
        `The variables assigned by the state '${stateName}' exceed the maximum number of bytes service limit.`,
      );
    }
    return { ...variables, ...values };
  }

  /** Gives back the room of the variables that a branch has assigned itself. */
  forget(own: Variables, outer: Variables): void {
    for (const [name, value] of Object.entries(own)) {
      if (!Object.hasOwn(outer, name)) this.variableBytes -= byteLength(value);
    }
  }
}
