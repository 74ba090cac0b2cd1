export type { ExecutionRecord, Transition } from './execution-record';
export { createExecutionSegment } from './execution-segment';
export type { StateFailure } from './run/execution';
export type { RunningExecution } from './run/executions';
export { createStates, type StatesOptions, type StatesService } from './service';
export type { Invoke } from './tasks/task-runner';
