import type { StateMachineModel } from '../../core/model';
import { AwsError } from '../../core/service';
import { newSegmentId, newTraceId, parseHeader } from '../../traces/header';
import { executionArn, roleArn } from '../arns';
import { Cancelled, RUNTIME, StateError, TIMEOUT } from '../errors';
import type { ExecutionRecord, ExecutionTrace } from '../execution-record';
import type { Machine } from '../machine';
import type { Start } from '../start-request';
import type { Invoke } from '../tasks/integrations';
import { Execution, type TracePoint, type World } from './execution';
import { runBranch } from './run-branch';

export interface StateMachine {
  readonly model: StateMachineModel;
  readonly machine: Machine;
}

/** One execution, running or over. */
export interface Run {
  readonly executionArn: string;
  readonly machine: StateMachine;
  readonly start: Start;
  readonly startDate: number;
  readonly ended: Promise<ExecutionRecord>;
  readonly status: ExecutionRecord['status'] | 'RUNNING';
  /** Once it is over. */
  readonly record?: ExecutionRecord;
}

/** What is known of an execution before it is over. */
export type RunningExecution = Omit<ExecutionRecord, 'status' | 'stopDate'> & { readonly status: 'RUNNING' };

interface Active {
  run: { -readonly [K in keyof Run]: Run[K] };
  readonly execution: Execution;
  readonly resolve: (record: ExecutionRecord) => void;
}

/** What ends an execution. */
type End = Pick<ExecutionRecord, 'status' | 'output' | 'error' | 'cause'>;

/** An Express execution may take five minutes, whatever its definition says. */
const EXPRESS_SECONDS = 300;
/** Standard executions that are over and can still be described. Express executions cannot be, as on AWS. */
const STANDARD_KEPT = 1000;

/** Starts executions, ends them, and remembers the Standard ones. */
export class Executions {
  private readonly active = new Map<string, Active>();
  private readonly standard = new Map<string, Run>();
  private readonly waiting: (() => void)[] = [];
  private stopped = false;

  constructor(
    private readonly world: World,
    private readonly invoke: Invoke,
    private readonly onExecution: ((record: ExecutionRecord) => void) | undefined,
  ) {}

  find(arn: string): Run | undefined {
    return this.standard.get(arn);
  }

  /** A state machine's Standard executions, the latest first. */
  of(machine: StateMachine): Run[] {
    return [...this.standard.values()].filter((run) => run.machine === machine).reverse();
  }

  /** Starts an execution and returns at once. */
  start(machine: StateMachine, start: Start): Run {
    if (this.stopped) throw new AwsError('ServiceUnavailable', 'Step Functions is shutting down', 503);
    const arn = executionArn(machine.model, start.name);
    const same = this.standard.get(arn);
    if (same?.status === 'RUNNING' && same.start.text === start.text) return same;
    if (same) throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
    const active = this.activate(arn, machine, start);
    void this.execute(active);
    void this.limit(active);
    return active.run;
  }

  /** Ends a Standard execution as ABORTED; does nothing if it is already over. */
  abort(run: Run, error?: string, cause?: string): void {
    const active = this.active.get(run.executionArn);
    const told = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
    if (active) this.end(active, { status: 'ABORTED', ...told });
  }

  /** The executions that have not ended, as far as they have come. */
  running(): RunningExecution[] {
    return [...this.active.values()].map(({ run, execution }) => ({
      ...factsOf(run),
      status: 'RUNNING',
      ...traceOf(execution.trace),
      transitions: execution.transitions,
      transitionsDropped: execution.transitionsDropped,
      dataBytes: execution.dataBytes,
    }));
  }

  idle(): Promise<void> {
    if (this.active.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  async stop(): Promise<void> {
    this.stopped = true;
    for (const active of [...this.active.values()]) {
      this.end(active, { status: 'ABORTED', cause: 'The runtime was stopped.' });
    }
  }

  private activate(arn: string, machine: StateMachine, start: Start): Active {
    const startDate = this.world.now();
    const { model } = machine;
    let resolve: (record: ExecutionRecord) => void = () => undefined;
    const ended = new Promise<ExecutionRecord>((settle) => {
      resolve = settle;
    });
    const caller = {
      invoke: this.invoke,
      context: start.traceHeader === undefined ? {} : { traceHeader: start.traceHeader },
      executionArn: arn,
      stateMachineArn: model.arn,
    };
    const context = {
      Execution: {
        Id: arn,
        Input: start.input,
        Name: start.name,
        RoleArn: roleArn(model),
        StartTime: new Date(startDate).toISOString(),
        RedriveCount: 0,
      },
      StateMachine: { Id: model.arn, Name: model.name },
    };
    const active: Active = {
      run: { executionArn: arn, machine, start, startDate, ended, status: 'RUNNING' },
      execution: new Execution(this.world, caller, context, tracePointOf(model, start)),
      resolve,
    };
    this.active.set(arn, active);
    if (model.type === 'STANDARD') this.standard.set(arn, active.run);
    return active;
  }

  private async execute(active: Active): Promise<void> {
    const { execution, run } = active;
    // The caller gets its answer before the first state runs.
    await Promise.resolve();
    try {
      const scope = { execution, cancel: execution.cancel, variables: {}, path: '' };
      const output = await runBranch(run.machine.machine, run.start.input, scope);
      this.end(active, { status: 'SUCCEEDED', output });
    } catch (thrown) {
      if (!(thrown instanceof Cancelled)) this.end(active, failed(thrown));
    }
  }

  /** Ends the execution as TIMED_OUT if it takes longer than its definition or its type lets it. */
  private async limit(active: Active): Promise<void> {
    const { execution, run } = active;
    const { model, machine } = run.machine;
    const service = model.type === 'EXPRESS' ? EXPRESS_SECONDS : Number.POSITIVE_INFINITY;
    const seconds = Math.min(machine.timeoutSeconds ?? Number.POSITIVE_INFINITY, service);
    if (seconds === Number.POSITIVE_INFINITY) return;
    try {
      await execution.cancel.sleep(seconds * 1000, this.world.sleep);
      this.end(active, { status: 'TIMED_OUT', error: TIMEOUT });
    } catch (thrown) {
      if (!(thrown instanceof Cancelled)) throw thrown;
    }
  }

  /** The first to end an execution wins; whatever still runs in it stops. */
  private end(active: Active, end: End): void {
    const { execution, run } = active;
    if (!this.active.delete(run.executionArn)) return;
    execution.cancel.throw();
    const record: ExecutionRecord = {
      ...factsOf(run),
      stopDate: this.world.now(),
      ...end,
      ...(run.start.traceHeader === undefined ? {} : { traceHeader: run.start.traceHeader }),
      ...traceOf(execution.trace),
      transitions: execution.transitions,
      transitionsDropped: execution.transitionsDropped,
      dataBytes: execution.dataBytes,
    };
    run.status = end.status;
    run.record = record;
    this.forgetOldest();
    active.resolve(record);
    this.onExecution?.(record);
    if (this.active.size === 0) for (const resolve of this.waiting.splice(0)) resolve();
  }

  private forgetOldest(): void {
    for (const [arn, run] of this.standard) {
      if (this.standard.size <= STANDARD_KEPT) return;
      if (run.status !== 'RUNNING') this.standard.delete(arn);
    }
  }
}

/** What is known of an execution from its start on. */
function factsOf({ executionArn, machine: { model }, start, startDate }: Run) {
  return {
    executionArn,
    name: start.name,
    stateMachineArn: model.arn,
    stateMachineName: model.name,
    type: model.type,
    startDate,
    input: start.input,
  };
}

/**
 * Step Functions continues a trace that is sampled, and starts one of its own where a call brings none.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
 */
function tracePointOf({ tracing }: StateMachineModel, { traceHeader }: Start): TracePoint | undefined {
  if (!tracing) return undefined;
  const context =
    traceHeader === undefined ? { root: newTraceId(), sampled: true } : parseHeader(traceHeader);
  return context?.sampled ? { context, segmentId: newSegmentId() } : undefined;
}

function traceOf(point: TracePoint | undefined): { trace?: ExecutionTrace } {
  if (!point) return {};
  const { root, parent } = point.context;
  const parentId = parent === undefined ? {} : { parentId: parent };
  return { trace: { traceId: root, segmentId: point.segmentId, ...parentId } };
}

function failed(thrown: unknown): End {
  const { error, detail } =
    thrown instanceof StateError ? thrown : new StateError(RUNTIME, (thrown as Error).message);
  return {
    status: 'FAILED',
    ...(error === undefined ? {} : { error }),
    ...(detail === undefined ? {} : { cause: detail }),
  };
}
