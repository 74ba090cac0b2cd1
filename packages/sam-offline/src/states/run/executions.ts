import { AwsError } from '../../core/service';
import { createSegmentId, createTraceId, parseTraceHeader } from '../../traces/header';
import { createExecutionArn, createRoleArn } from '../arns';
import { CancelledError, RUNTIME_ERROR, StateError, TIMEOUT_ERROR } from '../errors';
import type { ExecutionRecord, ExecutionTrace, Transition } from '../execution-record';
import type { Machine } from '../machine';
import type { MachineMetrics } from '../machine-metrics';
import type { StateMachineModel } from '../model';
import type { StartRequest } from '../start-request';
import type { Invoke } from '../tasks/task-runner';
import { type Dependencies, Execution, type TracePoint } from './execution';
import { runBranch } from './run-branch';
import { TaskTokens } from './task-tokens';

export interface StateMachine {
  readonly model: StateMachineModel;
  readonly machine: Machine;
  readonly metrics: MachineMetrics;
}

/** An execution that is running or has ended. */
export interface ExecutionHandle {
  readonly executionArn: string;
  readonly machine: StateMachine;
  readonly start: StartRequest;
  readonly startDate: number;
  readonly ended: Promise<ExecutionRecord>;
  readonly status: ExecutionRecord['status'] | 'RUNNING';
  /** Set when the execution has ended. */
  readonly record?: ExecutionRecord;
}

/** The record of an execution that has not ended. */
export type RunningExecution = Omit<ExecutionRecord, 'status' | 'stopDate'> & { readonly status: 'RUNNING' };

interface ActiveExecution {
  handle: { -readonly [K in keyof ExecutionHandle]: ExecutionHandle[K] };
  readonly execution: Execution;
  readonly resolve: (record: ExecutionRecord) => void;
}

type ExecutionOutcome = Pick<ExecutionRecord, 'status' | 'output' | 'error' | 'cause'>;

/** AWS ends Express executions after five minutes, regardless of TimeoutSeconds. */
const EXPRESS_TIMEOUT_SECONDS = 300;
/** The number of Standard executions to keep for DescribeExecution and ListExecutions. */
const MAX_STANDARD_EXECUTIONS = 1000;

/** Starts and ends executions. Stores Standard executions. */
export class Executions {
  readonly taskTokens = new TaskTokens();
  private readonly active = new Map<string, ActiveExecution>();
  private readonly standard = new Map<string, ExecutionHandle>();
  private readonly idleListeners: (() => void)[] = [];
  private isStopped = false;

  constructor(
    private readonly dependencies: Dependencies,
    private readonly invoke: Invoke,
    private readonly onExecution: ((record: ExecutionRecord) => void) | undefined,
  ) {}

  /** Finds a Standard execution. */
  find(arn: string): ExecutionHandle | undefined {
    return this.standard.get(arn);
  }

  /** Lists the Standard executions of a state machine, newest first. */
  list(machine: StateMachine): ExecutionHandle[] {
    return [...this.standard.values()].filter((handle) => handle.machine === machine).reverse();
  }

  /** Returns the transitions of an execution that is running or has ended. */
  transitionsOf(handle: ExecutionHandle): readonly Transition[] {
    return handle.record?.transitions ?? this.active.get(handle.executionArn)?.execution.transitions ?? [];
  }

  /** Starts an execution and returns without waiting for it. */
  start(machine: StateMachine, start: StartRequest): ExecutionHandle {
    if (this.isStopped) throw new AwsError('ServiceUnavailable', 'Step Functions is shutting down', 503);
    const arn = createExecutionArn(machine.model, start.name);
    const existing = this.standard.get(arn);
    if (existing?.status === 'RUNNING' && existing.start.text === start.text) return existing;
    if (existing) throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    const active = this.activate(arn, machine, start);
    machine.metrics.recordStart();
    void this.run(active);
    void this.enforceTimeout(active);
    return active.handle;
  }

  /** Aborts an execution. Does nothing if it has already ended. */
  abort(handle: ExecutionHandle, error?: string, cause?: string): void {
    const active = this.active.get(handle.executionArn);
    const reason = {
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    };
    if (active) this.end(active, { status: 'ABORTED', ...reason });
  }

  /** Lists the executions that have not ended. */
  listRunning(): RunningExecution[] {
    return [...this.active.values()].map(({ handle, execution }) => ({
      ...startFields(handle),
      status: 'RUNNING',
      ...traceFields(execution.trace),
      transitions: execution.transitions,
      transitionsDropped: execution.transitionsDropped,
      dataBytes: execution.dataBytes,
    }));
  }

  idle(): Promise<void> {
    if (this.active.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleListeners.push(resolve));
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    for (const active of [...this.active.values()]) {
      this.end(active, { status: 'ABORTED', cause: 'The runtime was stopped.' });
    }
  }

  /** Creates the caller for an execution. Service calls use the role of the state machine. */
  private invokeAs(principal: string): Invoke {
    return (service, action, input, context) =>
      this.invoke(service, action, input, { ...context, principal });
  }

  private activate(arn: string, machine: StateMachine, start: StartRequest): ActiveExecution {
    const startDate = this.dependencies.now();
    const { model } = machine;
    let resolve: (record: ExecutionRecord) => void = () => undefined;
    const ended = new Promise<ExecutionRecord>((settle) => {
      resolve = settle;
    });
    const caller = {
      invoke: this.invokeAs(model.arn),
      context: start.traceHeader === undefined ? {} : { traceHeader: start.traceHeader },
      executionArn: arn,
      stateMachineArn: model.arn,
      waitForExecution: async (executionArn: string) => this.standard.get(executionArn)?.ended,
    };
    const context = {
      Execution: {
        Id: arn,
        Input: start.input,
        Name: start.name,
        RoleArn: createRoleArn(model),
        StartTime: new Date(startDate).toISOString(),
        RedriveCount: 0,
      },
      StateMachine: { Id: model.arn, Name: model.name },
    };
    const active: ActiveExecution = {
      handle: { executionArn: arn, machine, start, startDate, ended, status: 'RUNNING' },
      execution: new Execution(
        this.dependencies,
        caller,
        this.taskTokens,
        context,
        createTracePoint(model, start),
      ),
      resolve,
    };
    this.active.set(arn, active);
    if (model.type === 'STANDARD') this.standard.set(arn, active.handle);
    return active;
  }

  private async run(active: ActiveExecution): Promise<void> {
    const { execution, handle } = active;
    // StartExecution returns before the first state runs.
    await Promise.resolve();
    try {
      const scope = { execution, cancellation: execution.cancellation, variables: {}, path: '' };
      const output = await runBranch(handle.machine.machine, handle.start.input, scope);
      this.end(active, { status: 'SUCCEEDED', output });
    } catch (thrown) {
      if (!(thrown instanceof CancelledError)) this.end(active, createFailedOutcome(thrown));
    }
  }

  /**
   * Ends the execution with the status TIMED_OUT when it reaches the time limit of the definition or of the execution type.
   */
  private async enforceTimeout(active: ActiveExecution): Promise<void> {
    const { execution, handle } = active;
    const { model, machine } = handle.machine;
    const typeLimit = model.type === 'EXPRESS' ? EXPRESS_TIMEOUT_SECONDS : Number.POSITIVE_INFINITY;
    const seconds = Math.min(machine.timeoutSeconds ?? Number.POSITIVE_INFINITY, typeLimit);
    if (seconds === Number.POSITIVE_INFINITY) return;
    try {
      await execution.cancellation.sleep(seconds * 1000, this.dependencies.sleep);
      this.end(active, { status: 'TIMED_OUT', error: TIMEOUT_ERROR });
    } catch (thrown) {
      if (!(thrown instanceof CancelledError)) throw thrown;
    }
  }

  /** Records the outcome and cancels all branches that are still running. Only the first call has an effect. */
  private end(active: ActiveExecution, outcome: ExecutionOutcome): void {
    const { execution, handle } = active;
    if (!this.active.delete(handle.executionArn)) return;
    execution.cancellation.cancel();
    const record: ExecutionRecord = {
      ...startFields(handle),
      stopDate: this.dependencies.now(),
      ...outcome,
      ...(handle.start.traceHeader === undefined ? {} : { traceHeader: handle.start.traceHeader }),
      ...traceFields(execution.trace),
      transitions: execution.transitions,
      transitionsDropped: execution.transitionsDropped,
      dataBytes: execution.dataBytes,
    };
    handle.status = outcome.status;
    handle.record = record;
    this.removeOldest();
    handle.machine.metrics.recordExecution(record);
    active.resolve(record);
    this.onExecution?.(record);
    if (this.active.size === 0) for (const resolve of this.idleListeners.splice(0)) resolve();
  }

  private removeOldest(): void {
    for (const [arn, handle] of this.standard) {
      if (this.standard.size <= MAX_STANDARD_EXECUTIONS) return;
      if (handle.status !== 'RUNNING') this.standard.delete(arn);
    }
  }
}

/** Returns the record fields that are known at the start of the execution. */
function startFields({ executionArn, machine: { model }, start, startDate }: ExecutionHandle) {
  return {
    executionArn,
    name: start.name,
    stateMachineArn: model.arn,
    stateMachineName: model.name,
    type: model.type,
    startDate,
    input: start.input,
    ...(start.caller === undefined ? {} : { caller: start.caller }),
  };
}

/**
 * Continues the caller's trace if the trace is sampled. Starts a new trace if the caller sent no trace header.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
 */
function createTracePoint(
  { tracing }: StateMachineModel,
  { traceHeader }: StartRequest,
): TracePoint | undefined {
  if (!tracing) return undefined;
  const context =
    traceHeader === undefined ? { root: createTraceId(), sampled: true } : parseTraceHeader(traceHeader);
  return context?.sampled ? { context, segmentId: createSegmentId() } : undefined;
}

function traceFields(point: TracePoint | undefined): { trace?: ExecutionTrace } {
  if (!point) return {};
  const { root, parent } = point.context;
  const parentId = parent === undefined ? {} : { parentId: parent };
  return { trace: { traceId: root, segmentId: point.segmentId, ...parentId } };
}

function createFailedOutcome(thrown: unknown): ExecutionOutcome {
  const { errorName, causeText } =
    thrown instanceof StateError ? thrown : new StateError(RUNTIME_ERROR, (thrown as Error).message);
  return {
    status: 'FAILED',
    ...(errorName === undefined ? {} : { error: errorName }),
    ...(causeText === undefined ? {} : { cause: causeText }),
  };
}
