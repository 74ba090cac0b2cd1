import { randomUUID } from 'node:crypto';
import { AwsError, UnsupportedError } from '../../core/service';
import { RUNTIME, StateError } from '../errors';

/**
 * How a service's errors are called in a state machine. Optimized integrations speak with the first AWS SDK for
 * Java, AWS SDK integrations with the second, and each has its own prefix (`DynamoDB.` and `DynamoDb.`), its own
 * wording, and one class for all the errors the SDK has no class for.
 */
export interface ErrorNames {
  readonly prefix: string;
  /** The class of errors that are not modelled, for example DynamoDB's ValidationException. */
  readonly unmodelled: string;
  /** The service's name in causes. */
  readonly service: string;
  readonly wording: 'v1' | 'v2';
  readonly codes: ReadonlySet<string>;
}

const DYNAMODB = new Set([
  'BackupInUseException',
  'ConditionalCheckFailedException',
  'DuplicateItemException',
  'IdempotentParameterMismatchException',
  'InternalServerErrorException',
  'ItemCollectionSizeLimitExceededException',
  'LimitExceededException',
  'ProvisionedThroughputExceededException',
  'ReplicatedWriteConflictException',
  'RequestLimitExceededException',
  'ResourceInUseException',
  'ResourceNotFoundException',
  'ThrottlingException',
  'TransactionCanceledException',
  'TransactionConflictException',
  'TransactionInProgressException',
]);

const EVENTBRIDGE = new Set(['InternalException', 'ResourceNotFoundException', 'LimitExceededException']);

const SQS = new Set([
  'BatchEntryIdsNotDistinctException',
  'BatchRequestTooLongException',
  'EmptyBatchRequestException',
  'InvalidAddressException',
  'InvalidBatchEntryIdException',
  'InvalidMessageContentsException',
  'InvalidSecurityException',
  'OverLimitException',
  'QueueDoesNotExistException',
  'ReceiptHandleIsInvalidException',
  'RequestThrottledException',
  'TooManyEntriesInBatchRequestException',
  'UnsupportedOperationException',
]);

const LAMBDA = new Set([
  'EC2AccessDeniedException',
  'EC2ThrottledException',
  'EC2UnexpectedException',
  'InvalidParameterValueException',
  'InvalidRequestContentException',
  'InvalidRuntimeException',
  'KMSAccessDeniedException',
  'RequestTooLargeException',
  'ResourceConflictException',
  'ResourceNotFoundException',
  'ResourceNotReadyException',
  'ServiceException',
  'SnapStartException',
  'TooManyRequestsException',
  'UnsupportedMediaTypeException',
]);

function v1(prefix: string, service: string, base: string, codes: ReadonlySet<string>): ErrorNames {
  return { prefix, service, unmodelled: base, wording: 'v1', codes };
}

function v2(service: string, codes: ReadonlySet<string>): ErrorNames {
  return { prefix: service, service, unmodelled: `${service}Exception`, wording: 'v2', codes };
}

export const OPTIMIZED_ERRORS = {
  lambda: v1('Lambda', 'AWSLambda', 'AWSLambdaException', LAMBDA),
  events: v1('EventBridge', 'AmazonEventBridge', 'AmazonEventBridgeException', EVENTBRIDGE),
  sqs: v1('SQS', 'AmazonSQS', 'AmazonSQSException', SQS),
  dynamodb: v1('DynamoDB', 'AmazonDynamoDBv2', 'AmazonDynamoDBException', DYNAMODB),
} as const;

export const SDK_ERRORS = {
  dynamodb: v2('DynamoDb', DYNAMODB),
  eventbridge: v2('EventBridge', EVENTBRIDGE),
  sqs: v2('Sqs', SQS),
} as const;

/**
 * What a task fails with when a call throws: an API's error under the SDK's name for it; a call that never came
 * through as `<Service>.SdkClientException`; what this runtime does not have as `States.Runtime`, which nothing
 * catches.
 */
export function taskFailure(thrown: unknown, names: ErrorNames): StateError {
  if (thrown instanceof StateError) return thrown;
  if (thrown instanceof UnsupportedError) return new StateError(RUNTIME, thrown.message);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (!(thrown instanceof AwsError)) {
    return new StateError(`${names.prefix}.SdkClientException`, `Unable to execute HTTP request: ${message}`);
  }
  return new StateError(`${names.prefix}.${className(thrown.code, names)}`, causeOf(thrown, names));
}

function className(code: string, names: ErrorNames): string {
  // `AWS.SimpleQueueService.NonExistentQueue` is the old name of `QueueDoesNotExist`.
  const short = code.endsWith('NonExistentQueue') ? 'QueueDoesNotExist' : (code.split(/[.#]/).pop() ?? code);
  const name = short.endsWith('Exception') ? short : `${short}Exception`;
  return names.codes.has(name) ? name : names.unmodelled;
}

function causeOf({ message, status, code }: AwsError, { service, wording }: ErrorNames): string {
  const id = randomUUID();
  return wording === 'v2'
    ? `${message} (Service: ${service}, Status Code: ${status}, Request ID: ${id})`
    : `${message} (Service: ${service}; Status Code: ${status}; Error Code: ${code}; Request ID: ${id}; Proxy: null)`;
}
