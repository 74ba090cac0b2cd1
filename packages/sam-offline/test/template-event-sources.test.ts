import { load, problemsOf, withFunction } from './fixtures/template/load';

const QUEUE = '  Queue: { Type: AWS::SQS::Queue }\n';

/** Returns a template with a function that has an SQS event. `event` contains properties of the event. */
const withQueueEvent = (event = '', queue = QUEUE, fn = '') => `Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: nodejs24.x
      ${fn}
      Events:
        Jobs: { Type: SQS, Properties: { Queue: !GetAtt Queue.Arn${event && `, ${event}`} } }
${queue}`;

const MAPPING = `  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { FunctionName: !Ref Fn, EventSourceArn: !GetAtt Queue.Arn }
`;

describe('Template: queues as event sources', () => {
  it('creates a mapping for an SQS event, and allows the role to read queues', () => {
    const { eventSourceMappings, functions, queues } = load(withQueueEvent());
    expect(eventSourceMappings).toEqual([
      {
        logicalId: 'WorkerJobs',
        functionArn: functions[0]?.arn,
        sourceArn: queues[0]?.arn,
        enabled: true,
        batchSize: 10,
        batchingWindowSeconds: 0,
        reportsItemFailures: false,
        filters: [],
      },
    ]);
    expect(functions[0]?.role.statements).toEqual([
      {
        Effect: 'Allow',
        Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        Resource: '*',
      },
    ]);
  });

  it('reads all properties of the event', () => {
    const event = `BatchSize: 50, MaximumBatchingWindowInSeconds: 3, Enabled: false,
          FunctionResponseTypes: [ReportBatchItemFailures], ScalingConfig: { MaximumConcurrency: 2 },
          FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["a"]}}' }] }`;
    expect(load(withQueueEvent(event)).eventSourceMappings).toEqual([
      expect.objectContaining({
        enabled: false,
        batchSize: 50,
        batchingWindowSeconds: 3,
        reportsItemFailures: true,
        maximumConcurrency: 2,
        filters: [{ body: { kind: ['a'] } }],
      }),
    ]);
  });

  it.each(['!Ref Fn', '!GetAtt Fn.Arn', '!Join [":", [!GetAtt Fn.Arn, live]]'])(
    'finds the function with %s',
    (name) => {
      const policies = '      Policies: [{ SQSPollerPolicy: { QueueName: !GetAtt Queue.QueueName } }]\n';
      const template = withFunction(QUEUE + MAPPING.replace('!Ref Fn', name)).replace(
        '    Properties: { Handler: app.handler, Runtime: nodejs24.x }\n',
        `    Properties:\n      Handler: app.handler\n      Runtime: nodejs24.x\n${policies}`,
      );
      const { eventSourceMappings, functions } = load(template);
      expect(eventSourceMappings).toMatchObject([{ logicalId: 'Mapping', functionArn: functions[0]?.arn }]);
    },
  );

  // The messages are the errors of CreateEventSourceMapping.
  it.each([
    [
      'a role without the permissions to read the queue',
      withFunction(QUEUE + MAPPING),
      'The function execution role does not have permissions to call ReceiveMessage on SQS',
    ],
    [
      'a visibility timeout below the timeout of the function',
      withQueueEvent('', QUEUE, 'Timeout: 31'),
      'Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds',
    ],
    [
      'a large batch without a window',
      withQueueEvent('BatchSize: 11'),
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    ],
    [
      'a batching window of a FIFO queue',
      withQueueEvent(
        'MaximumBatchingWindowInSeconds: 1',
        '  Queue: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }\n',
      ),
      'Batching window is not supported for FIFO queues',
    ],
    [
      'an invalid filter',
      withQueueEvent('FilterCriteria: { Filters: [{ Pattern: \'{"body":"x"}\' }] }'),
      'Invalid filter pattern definition.',
    ],
  ])('rejects %s', (_, template, message) => {
    expect(() => load(template)).toThrow(message);
  });

  it('accepts a timeout that equals the visibility timeout, and a batch size of 10 without a batching window', () => {
    expect(load(withQueueEvent('BatchSize: 10', QUEUE, 'Timeout: 30')).eventSourceMappings).toHaveLength(1);
  });

  it('lists a mapping for an unsupported source with the consequence', () => {
    const template = withFunction(`  Stream: { Type: AWS::Kinesis::Stream }\n${MAPPING}`).replace(
      'Queue.Arn',
      'Stream.Arn',
    );
    expect(problemsOf(template)).toEqual([
      expect.stringContaining('Calls to Kinesis fail'),
      expect.stringMatching(/The function receives no events, because arn:aws:kinesis:.* is not emulated/),
    ]);
  });
});

describe('Template: queues', () => {
  it('reads FIFO queues, and generates their names as CloudFormation does', () => {
    const { queues } = load(`Resources:
  Generated: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true, ContentBasedDeduplication: true } }
  Named: { Type: AWS::SQS::Queue, Properties: { FifoQueue: 'true', QueueName: q.fifo, DeduplicationScope: messageGroup } }
`);
    expect(queues).toMatchObject([
      {
        name: expect.stringMatching(/^local-Generated-\w{12}\.fifo$/),
        arn: expect.stringMatching(/:local-Generated-\w{12}\.fifo$/),
        fifo: { contentBasedDeduplication: true, deduplicationScope: 'queue' },
      },
      { name: 'q.fifo', fifo: { contentBasedDeduplication: false, deduplicationScope: 'messageGroup' } },
    ]);
  });

  it('reads delays, sizes and the redrive policy', () => {
    const { queues } = load(`Resources:
  Dead: { Type: AWS::SQS::Queue }
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: 900
      ReceiveMessageWaitTimeSeconds: 20
      MaximumMessageSize: 1024
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3 }
`);
    expect(queues[1]).toMatchObject({
      delaySeconds: 900,
      receiveWaitSeconds: 20,
      maximumMessageBytes: 1024,
      redrive: { deadLetterArn: queues[0]?.arn, maxReceiveCount: 3 },
    });
    expect(queues[1]).not.toHaveProperty('fifo');
  });

  it.each([
    ['Properties: { QueueName: q.fifo }', 'Set FifoQueue for a queue whose name ends with .fifo'],
    ['Properties: { ContentBasedDeduplication: true }', 'is valid for FIFO queues only'],
    [
      'Properties: { FifoQueue: true, RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 1 } }',
      'must be the ARN of a FIFO queue',
    ],
  ])('rejects a queue with %s', (properties, message) => {
    const template = `Resources:\n  Dead: { Type: AWS::SQS::Queue }\n  Q: { Type: AWS::SQS::Queue, ${properties} }\n`;
    expect(() => load(template)).toThrow(message);
  });
});

describe('Template: streams as event sources', () => {
  const STREAM = `  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
      StreamSpecification: { StreamViewType: NEW_IMAGE }
  Dead: { Type: AWS::SQS::Queue }
`;
  const withStreamEvent = (event: string, table = STREAM) =>
    withQueueEvent(event, table).replace(
      'SQS, Properties: { Queue: !GetAtt Queue.Arn,',
      'DynamoDB, Properties: { Stream: !GetAtt Table.StreamArn,',
    );

  it('reads the stream of the table, the mapping and the permissions of the role', () => {
    const event = `StartingPosition: LATEST, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 2,
          MaximumRecordAgeInSeconds: 60, DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt Dead.Arn } }`;
    const { eventSourceMappings, functions, queues, tables } = load(withStreamEvent(event));
    const arn = `${tables[0]?.arn}/stream/2024-01-01T00:00:00.000`;
    expect(tables[0]?.stream).toEqual({ arn, viewType: 'NEW_IMAGE' });
    expect(eventSourceMappings).toMatchObject([
      {
        logicalId: 'WorkerJobs',
        sourceArn: arn,
        batchSize: 100,
        stream: {
          bisects: true,
          maximumRetryAttempts: 2,
          maximumRecordAgeSeconds: 60,
          onFailureArn: queues[0]?.arn,
        },
      },
    ]);
    expect(functions[0]?.role.statements?.map(({ Action }) => Action)).toEqual([
      'sqs:SendMessage',
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
    ]);
  });

  it('retries without a limit by default', () => {
    const { eventSourceMappings } = load(
      withStreamEvent('StartingPosition: LATEST, MaximumRetryAttempts: -1, MaximumRecordAgeInSeconds: -1'),
    );
    expect(eventSourceMappings[0]?.stream).toEqual({ bisects: false });
  });

  it.each([
    ['no StartingPosition', 'BatchSize: 1', STREAM, 'StartingPosition is missing'],
    [
      'a table without a stream',
      'StartingPosition: LATEST',
      STREAM.replace(/ {6}StreamSpecification.*\n/, ''),
      'Table has no stream. Add StreamSpecification to it.',
    ],
  ])('rejects a mapping with %s', (_, event, table, message) => {
    expect(() => load(withStreamEvent(event, table))).toThrow(message);
  });

  it('rejects a role without the permissions to read the stream', () => {
    const mapping = MAPPING.replace('Queue.Arn', 'Table.StreamArn').replace(
      ' }',
      ', StartingPosition: LATEST }',
    );
    expect(() => load(withFunction(STREAM + mapping))).toThrow(
      /Cannot access stream arn:aws:dynamodb:.* Please ensure the role can perform the GetRecords/,
    );
  });
});
