/**
 * Parts of the runtime for tests: a DynamoDB endpoint, a state machine runner, event patterns, the services alone, and the
 * formats of the console's data. Import errors from here, not from `sam-offline`: the two entry points share no classes.
 *
 * @packageDocumentation
 */
export { AwsError, type JsonObject } from '../core/service';
export { type DynamoDbService, openDynamoDb } from '../dynamodb';
export { createEvents, type EventsService, matchesPattern } from '../events';
export { Records } from '../records';
export { type MetricSeries, MetricStore } from '../records/metric-store';
export { createStates, type ExecutionRecord, type StateFailure, type StatesService } from '../states';
export type { Segment, Subsegment } from '../traces/segment';
export type { TraceSummary } from '../traces/summary';
export { type DynamoDbEndpoint, startDynamoDb } from './dynamodb';
export { type RunOptions, runStateMachine } from './state-machine';
