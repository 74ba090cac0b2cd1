/**
 * Parts of the runtime for tests: a DynamoDB endpoint, a state machine runner, event patterns, individual services, and the
 * formats of the console's data. Import error classes from here rather than from `sam-offline`, because the two entry points do
 * not share classes.
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
