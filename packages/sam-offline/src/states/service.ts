import type { StateMachineModel } from '../core/model';
import { AwsError, type CallContext, type JsonObject, type Service, UnsupportedError } from '../core/service';
import { now } from '../traces/segment';
import { roleArn } from './arns';
import { compileMachine } from './compile/compile-machine';
import type { ExecutionRecord } from './execution-record';
import { describe, listItem, nextPage, syncResult } from './responses';
import { type Sleep, sleep } from './run/cancellation';
import { Executions, type Run, type RunningExecution, type StateMachine } from './run/executions';
import { readStart } from './start-request';
import type { Invoke } from './tasks/integrations';

export interface StatesOptions {
  readonly stateMachines: readonly StateMachineModel[];
  readonly invoke: Invoke;
  /** Called once for each execution, when it is over. */
  readonly onExecution?: (record: ExecutionRecord) => void;
  /** Epoch milliseconds; default the clock. */
  readonly now?: () => number;
  /** From 0 up to 1: for the retries' jitter and `$random()`; default Math.random. */
  readonly random?: () => number;
  /** For waits, retries and timeouts; default timers. */
  readonly sleep?: Sleep;
}

export interface StatesService extends Service {
  /** The executions that have not ended yet. */
  running(): RunningExecution[];
  /** Resolves when no execution runs. */
  idle(): Promise<void>;
  /** Ends the running executions as ABORTED and starts no more. */
  stop(): Promise<void>;
}

/**
 * Step Functions: state machines in Amazon States Language (JSONata), Express and Standard, and the API to start
 * them and to look at them (AWS Step Functions API Reference).
 *
 * Actions: StartExecution, StartSyncExecution (Express), StopExecution, DescribeExecution and ListExecutions
 * (Standard), DescribeStateMachine, ListStateMachines. Dates are epoch seconds, as on the wire.
 *
 * @throws UnsupportedError for a definition with anything this runtime does not do, by state machine and state.
 */
export function createStates(options: StatesOptions): StatesService {
  const random = options.random ?? Math.random;
  const world = { now: options.now ?? now, random, sleep: options.sleep ?? sleep };
  const created = world.now();
  const machines = new Map<string, StateMachine>();
  for (const model of options.stateMachines) machines.set(model.arn, compileModel(model, random));
  const executions = new Executions(world, options.invoke, options.onExecution);

  const machine = (arn: unknown): StateMachine => {
    const found = machines.get(String(arn));
    if (found) return found;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  };
  const execution = (arn: unknown): Run => {
    if (String(arn).split(':')[5] === 'express') throw typeNotSupported();
    const found = executions.find(String(arn));
    if (found) return found;
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  };

  const actions: Readonly<
    Record<string, (input: JsonObject, context: CallContext) => JsonObject | Promise<JsonObject>>
  > = {
    StartExecution(input, context) {
      const { executionArn, startDate } = executions.start(
        machine(input.stateMachineArn),
        readStart(input, context),
      );
      return { executionArn, startDate: startDate / 1000 };
    },
    async StartSyncExecution(input, context) {
      const target = machine(input.stateMachineArn);
      if (target.model.type !== 'EXPRESS') throw typeNotSupported();
      const run = executions.start(target, readStart(input, context));
      return syncResult(await run.ended);
    },
    StopExecution(input) {
      const run = execution(input.executionArn);
      executions.abort(run, text(input.error), text(input.cause));
      return { stopDate: (run.record?.stopDate ?? world.now()) / 1000 };
    },
    DescribeExecution: (input) => describe(execution(input.executionArn)),
    ListExecutions(input) {
      const target = machine(input.stateMachineArn);
      if (target.model.type === 'EXPRESS') throw typeNotSupported();
      const wanted = (run: Run) => input.statusFilter === undefined || run.status === input.statusFilter;
      const { items, nextToken } = nextPage(executions.of(target).filter(wanted).map(listItem), input);
      return { executions: items, ...nextToken };
    },
    ListStateMachines(input) {
      const all = [...machines.values()].map(({ model }) => ({
        stateMachineArn: model.arn,
        name: model.name,
        type: model.type,
        creationDate: created / 1000,
      }));
      const { items, nextToken } = nextPage(all, input);
      return { stateMachines: items, ...nextToken };
    },
    DescribeStateMachine(input) {
      const { model } = machine(input.stateMachineArn);
      return {
        stateMachineArn: model.arn,
        name: model.name,
        status: 'ACTIVE',
        definition: JSON.stringify(model.definition),
        roleArn: roleArn(model),
        type: model.type,
        creationDate: created / 1000,
        loggingConfiguration: { level: 'OFF', includeExecutionData: false },
        tracingConfiguration: { enabled: model.tracing },
      };
    },
  };

  return {
    async call(action, input, context) {
      const perform = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (!perform) throw new UnsupportedError(`Step Functions: the action ${action} is not supported`);
      return perform(input, context);
    },
    running: () => executions.running(),
    idle: () => executions.idle(),
    stop: () => executions.stop(),
  };
}

function compileModel(model: StateMachineModel, random: () => number): StateMachine {
  try {
    return { model, machine: compileMachine(model.definition, random) };
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    throw new UnsupportedError(`${model.logicalId}: ${error.message}`);
  }
}

function typeNotSupported(): AwsError {
  return new AwsError(
    'StateMachineTypeNotSupported',
    'This operation is not supported by this type of state machine',
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
