export type { ExecutionRecord, ServiceCall, Transition } from './execution-record';
export { createExecutionSegment } from './execution-segment';
export type { Sleep } from './run/cancellation';
export type { RunningExecution } from './run/executions';
export { createStates, type StatesOptions, type StatesService } from './service';
export type { Invoke } from './tasks/integrations';
