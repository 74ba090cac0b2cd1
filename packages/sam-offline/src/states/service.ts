import { type Actions, requireAction } from '../core/actions';
import { discardMetrics, type OpenMetric } from '../core/metrics';
import { AwsError, type Service, UnsupportedError } from '../core/service';
import type { Sleep } from '../time/runtime-clock';
import { preciseNow } from '../traces/segment';
import { createRoleArn } from './arns';
import { compileMachine } from './compile/compile-machine';
import type { ExecutionRecord } from './execution-record';
import { listHistoryEvents, omitExecutionData } from './history';
import type { ExpressionSources } from './jsonata/expression';
import type { Machine } from './machine';
import { MachineMetrics } from './machine-metrics';
import type { StateMachineModel } from './model';
import { paginate, toDescription, toListItem, toSyncResult } from './responses';
import { sleep } from './run/cancellation';
import type { StateFailure } from './run/execution';
import { type ExecutionHandle, Executions, type RunningExecution, type StateMachine } from './run/executions';
import { parseStartRequest } from './start-request';
import type { Invoke } from './tasks/task-runner';

export interface StatesOptions {
  readonly stateMachines: readonly StateMachineModel[];
  readonly invoke: Invoke;
  /** Called when an execution ends. */
  readonly onExecution?: (record: ExecutionRecord) => void;
  /** Returns the time in epoch milliseconds. Defaults to the system clock. */
  readonly now?: () => number;
  /** Returns a number in [0, 1) for retry jitter and `$random()`. Defaults to `Math.random`. */
  readonly random?: () => number;
  /** Implements waits, retry delays and timeouts. Defaults to system timers. */
  readonly sleep?: Sleep;
  /** The time limit for an expression in milliseconds, measured with the system clock. 0 means no limit. Default: 5,000. */
  readonly expressionTimeoutMs?: number;
  /** Called when a state fails after all retries, whether or not the error is caught. */
  readonly onStateFailed?: (failure: StateFailure) => void;
  /** Records the metrics of the state machines. */
  readonly openMetric?: OpenMetric;
}

export interface StatesService extends Service {
  /** Returns the running executions. */
  running(): RunningExecution[];
  /** Resolves when no execution is running. */
  idle(): Promise<void>;
  /** Aborts all running executions and rejects new executions. */
  stop(): Promise<void>;
}

/**
 * Creates the Step Functions service. It runs Express and Standard state machines.
 *
 * Actions: StartExecution, StartSyncExecution (Express), StopExecution, DescribeExecution, GetExecutionHistory and
 * ListExecutions (Standard), DescribeStateMachine, ListStateMachines. Dates are in epoch seconds, as in the JSON protocol of
 * the API.
 *
 * @throws UnsupportedError that lists all invalid or unsupported fields of a definition, by state.
 */
export function createStates(options: StatesOptions): StatesService {
  const dependencies = createDependencies(options);
  const machines = new StateMachines(options, dependencies);
  const executions = new Executions(dependencies, options.invoke, options.onExecution);
  const actions: Actions = {
    ...createExecutionActions(machines, executions, dependencies.now),
    ...createTaskActions(executions),
    ...createMachineActions(machines, dependencies.now() / 1000),
  };
  return {
    call: async (action, input, context) => requireAction('Step Functions', actions, action)(input, context),
    running: () => executions.listRunning(),
    idle: () => executions.idle(),
    stop: () => executions.stop(),
  };
}

function createDependencies({ onStateFailed, expressionTimeoutMs: timeoutMs, ...options }: StatesOptions) {
  return {
    now: options.now ?? preciseNow,
    random: options.random ?? Math.random,
    sleep: options.sleep ?? sleep,
    ...(onStateFailed ? { onStateFailed } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

/** The compiled state machines of an application. */
class StateMachines {
  private readonly byArn: ReadonlyMap<string, StateMachine>;

  constructor({ stateMachines, openMetric = discardMetrics }: StatesOptions, sources: ExpressionSources) {
    this.byArn = new Map(
      stateMachines.map((model) => [
        model.arn,
        { model, machine: compileModel(model, sources), metrics: new MachineMetrics(openMetric, model.arn) },
      ]),
    );
  }

  /** @throws AwsError StateMachineDoesNotExist */
  require(arn: unknown): StateMachine {
    const found = this.byArn.get(String(arn));
    if (found) return found;
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  }

  list(): StateMachineModel[] {
    return [...this.byArn.values()].map(({ model }) => model);
  }
}

function requireExecution(executions: Executions, arn: unknown): ExecutionHandle {
  if (String(arn).split(':')[5] === 'express') throw createTypeNotSupportedError();
  const found = executions.find(String(arn));
  if (found) return found;
  throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
}

function createExecutionActions(machines: StateMachines, executions: Executions, now: () => number): Actions {
  return {
    StartExecution(input, context) {
      const { executionArn, startDate } = executions.start(
        machines.require(input.stateMachineArn),
        parseStartRequest(input, context),
      );
      return { executionArn, startDate: startDate / 1000 };
    },
    async StartSyncExecution(input, context) {
      const machine = machines.require(input.stateMachineArn);
      if (machine.model.type !== 'EXPRESS') throw createTypeNotSupportedError();
      const handle = executions.start(machine, parseStartRequest(input, context));
      return toSyncResult(await handle.ended);
    },
    StopExecution(input) {
      const handle = requireExecution(executions, input.executionArn);
      executions.abort(handle, toOptionalString(input.error), toOptionalString(input.cause));
      return { stopDate: (handle.record?.stopDate ?? now()) / 1000 };
    },
    DescribeExecution: (input) => toDescription(requireExecution(executions, input.executionArn)),
    GetExecutionHistory(input) {
      const handle = requireExecution(executions, input.executionArn);
      const events = listHistoryEvents(handle, executions.transitionsOf(handle));
      const ordered = input.reverseOrder === true ? events.reverse() : events;
      const { items, nextToken } = paginate(ordered, input);
      return {
        events: input.includeExecutionData === false ? items.map(omitExecutionData) : items,
        ...nextToken,
      };
    },
    ListExecutions(input) {
      const machine = machines.require(input.stateMachineArn);
      if (machine.model.type === 'EXPRESS') throw createTypeNotSupportedError();
      const hasStatus = ({ status }: ExecutionHandle) =>
        input.statusFilter === undefined || status === input.statusFilter;
      const { items, nextToken } = paginate(
        executions.list(machine).filter(hasStatus).map(toListItem),
        input,
      );
      return { executions: items, ...nextToken };
    },
  };
}

/** The actions that workers call to report the results of tasks that wait for callbacks. */
function createTaskActions({ taskTokens }: Executions): Actions {
  return {
    SendTaskSuccess(input) {
      taskTokens.succeed(input.taskToken, parseTaskOutput(input.output));
      return {};
    },
    SendTaskFailure(input) {
      const { taskToken, error, cause } = input;
      taskTokens.fail(taskToken, toOptionalString(error), toOptionalString(cause));
      return {};
    },
    SendTaskHeartbeat(input) {
      taskTokens.heartbeat(input.taskToken);
      return {};
    },
  };
}

/** @param creationDate the date in epoch seconds */
function createMachineActions(machines: StateMachines, creationDate: number): Actions {
  return {
    ListStateMachines(input) {
      const all = machines.list().map((model) => ({
        stateMachineArn: model.arn,
        name: model.name,
        type: model.type,
        creationDate,
      }));
      const { items, nextToken } = paginate(all, input);
      return { stateMachines: items, ...nextToken };
    },
    DescribeStateMachine(input) {
      const { model } = machines.require(input.stateMachineArn);
      return {
        stateMachineArn: model.arn,
        name: model.name,
        status: 'ACTIVE',
        definition: JSON.stringify(model.definition),
        roleArn: createRoleArn(model),
        type: model.type,
        creationDate,
        loggingConfiguration: { level: 'OFF', includeExecutionData: false },
        tracingConfiguration: { enabled: model.tracing },
      };
    },
  };
}

function compileModel(model: StateMachineModel, sources: ExpressionSources): Machine {
  try {
    return compileMachine(model.definition, sources, model.type);
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    throw new UnsupportedError(`${model.logicalId}: ${error.message}`);
  }
}

function createTypeNotSupportedError(): AwsError {
  return new AwsError(
    'StateMachineTypeNotSupported',
    'This operation is not supported by this type of state machine',
  );
}

function parseTaskOutput(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch (error) {
    throw new AwsError('InvalidOutput', `Invalid Output: '${(error as Error).message}'`);
  }
}

function toOptionalString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
