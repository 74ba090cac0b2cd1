import { randomUUID } from 'node:crypto';
import { AwsError, UnsupportedError } from '../../core/service';
import { RUNTIME_ERROR, StateError } from '../errors';

/**
 * The error names that Step Functions uses for a service. Optimized integrations use version 1 of the AWS SDK for Java, and AWS
 * SDK integrations use version 2. The versions differ in the prefix (`DynamoDB.` and `DynamoDb.`), the wording of causes, and
 * the class of unmodeled errors.
 */
export interface ErrorNaming {
  readonly prefix: string;
  /** The class of errors that the SDK does not model, for example DynamoDB's ValidationException. */
  readonly unmodeled: string;
  /** The service name in error causes. */
  readonly service: string;
  readonly wording: 'v1' | 'v2';
  /** The error classes that the SDK models. */
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

const STEP_FUNCTIONS = new Set([
  'ExecutionAlreadyExistsException',
  'ExecutionDoesNotExistException',
  'ExecutionLimitExceededException',
  'InvalidArnException',
  'InvalidExecutionInputException',
  'InvalidNameException',
  'InvalidOutputException',
  'InvalidTokenException',
  'StateMachineDeletingException',
  'StateMachineDoesNotExistException',
  'StateMachineTypeNotSupportedException',
  'TaskDoesNotExistException',
  'TaskTimedOutException',
  'ValidationException',
]);

function createV1Naming(
  prefix: string,
  service: string,
  base: string,
  codes: ReadonlySet<string>,
): ErrorNaming {
  return { prefix, service, unmodeled: base, wording: 'v1', codes };
}

function createV2Naming(service: string, codes: ReadonlySet<string>): ErrorNaming {
  return { prefix: service, service, unmodeled: `${service}Exception`, wording: 'v2', codes };
}

export const OPTIMIZED_ERRORS = {
  lambda: createV1Naming('Lambda', 'AWSLambda', 'AWSLambdaException', LAMBDA),
  events: createV1Naming('EventBridge', 'AmazonEventBridge', 'AmazonEventBridgeException', EVENTBRIDGE),
  sqs: createV1Naming('SQS', 'AmazonSQS', 'AmazonSQSException', SQS),
  dynamodb: createV1Naming('DynamoDB', 'AmazonDynamoDBv2', 'AmazonDynamoDBException', DYNAMODB),
  states: createV1Naming('StepFunctions', 'AWSStepFunctions', 'AWSStepFunctionsException', STEP_FUNCTIONS),
} as const;

export const SDK_ERRORS = {
  dynamodb: createV2Naming('DynamoDb', DYNAMODB),
  eventbridge: createV2Naming('EventBridge', EVENTBRIDGE),
  lambda: createV2Naming('Lambda', LAMBDA),
  sfn: createV2Naming('Sfn', STEP_FUNCTIONS),
  sqs: createV2Naming('Sqs', SQS),
} as const;

/**
 * Converts the error of a service call to the error of the task. API errors have the class name from the SDK, connection errors
 * become `<Service>.SdkClientException`, and errors for unsupported calls become `States.Runtime`, which cannot be caught.
 */
export function toTaskError(thrown: unknown, naming: ErrorNaming): StateError {
  if (thrown instanceof StateError) return thrown;
  if (thrown instanceof UnsupportedError) return new StateError(RUNTIME_ERROR, thrown.message);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (!(thrown instanceof AwsError)) {
    return new StateError(
      `${naming.prefix}.SdkClientException`,
      `Unable to execute HTTP request: ${message}`,
    );
  }
  return new StateError(`${naming.prefix}.${toClassName(thrown.code, naming)}`, formatCause(thrown, naming));
}

function toClassName(code: string, naming: ErrorNaming): string {
  // `AWS.SimpleQueueService.NonExistentQueue` is the former code of `QueueDoesNotExist`.
  const short = code.endsWith('NonExistentQueue') ? 'QueueDoesNotExist' : (code.split(/[.#]/).pop() ?? code);
  const name = short.endsWith('Exception') ? short : `${short}Exception`;
  return naming.codes.has(name) ? name : naming.unmodeled;
}

function formatCause({ message, status, code }: AwsError, { service, wording }: ErrorNaming): string {
  const id = randomUUID();
  return wording === 'v2'
    ? `${message} (Service: ${service}, Status Code: ${status}, Request ID: ${id})`
    : `${message} (Service: ${service}; Status Code: ${status}; Error Code: ${code}; Request ID: ${id}; Proxy: null)`;
}
