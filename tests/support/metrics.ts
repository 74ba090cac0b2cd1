/**
 * Every metric in the application's namespace, with its dimensions. `tests/e2e/metrics.test.ts` produces each metric. The
 * dashboard and the alarms may refer only to these metrics.
 */
export const METRICS: Readonly<Record<string, readonly string[]>> = {
  ConnectionsOpened: ['service'],
  ConnectionsClosed: ['reason', 'service'],
  MessagesAccepted: ['service'],
  MessagesDeduplicated: ['service'],
  LostRaces: ['service'],
  BroadcastsAccepted: ['service'],
  Refused: ['problem', 'route', 'service'],
  Failures: ['service'],
  Recipients: ['service'],
  Delivered: ['service'],
  Gone: ['service'],
  Throttled: ['service'],
  Undelivered: ['service'],
  DeliveryTime: ['service'],
  ColdStart: ['function_name', 'service'],
};

/**
 * The AWS service metrics that the dashboard and the alarms use, with their dimensions:
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 * https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
 *
 * `more` lists additional dimensions that a metric can have.
 */
export const AWS_METRICS: Readonly<
  Record<string, { names: readonly string[]; dimensions: readonly string[]; more?: readonly string[] }>
> = {
  'AWS/Lambda': { names: ['Duration', 'Invocations', 'Throttles', 'Errors'], dimensions: ['FunctionName'] },
  'AWS/States': {
    names: [
      'ExecutionTime',
      'ExecutionsStarted',
      'ExecutionsFailed',
      'ExecutionsTimedOut',
      'ExecutionThrottled',
    ],
    dimensions: ['StateMachineArn'],
  },
  'AWS/Events': {
    names: ['FailedInvocations', 'InvocationsFailedToBeSentToDlq'],
    dimensions: ['EventBusName', 'RuleName'],
  },
  'AWS/SQS': { names: ['ApproximateNumberOfMessagesVisible'], dimensions: ['QueueName'] },
  'AWS/DynamoDB': {
    names: [
      'ConsumedReadCapacityUnits',
      'ConsumedWriteCapacityUnits',
      'ReadThrottleEvents',
      'WriteThrottleEvents',
    ],
    dimensions: ['TableName'],
    more: ['GlobalSecondaryIndexName'],
  },
  'AWS/ApiGateway': {
    names: [
      'ConnectCount',
      'MessageCount',
      'ClientError',
      'IntegrationError',
      'ExecutionError',
      'IntegrationLatency',
      '5xx',
    ],
    dimensions: ['ApiId', 'Stage'],
  },
};

/** The application's metric namespace. */
export const NAMESPACE = 'Roomcast';
