import { join } from 'node:path';
import { loadTemplate } from '../src/app-model/load-template';

const FILE = join(__dirname, 'fixtures/template/chat.yaml');

describe('Template: a chat application', () => {
  const app = loadTemplate({ file: FILE, stackName: 'demo', region: 'eu-west-1', accountId: '111122223333' });
  const [chat, send] = app.functions;

  it('merges globals into functions', () => {
    expect(chat).toMatchObject({
      logicalId: 'ChatFunction',
      codeUri: join(__dirname, 'fixtures/template'),
      handler: 'functions/chat.handler',
      runtime: 'nodejs24.x',
      memoryMb: 128,
      timeoutSeconds: 10,
      tracing: 'Active',
    });
    expect(chat).not.toHaveProperty('reservedConcurrency');
    expect(send).toMatchObject({ memoryMb: 512, timeoutSeconds: 5, reservedConcurrency: 50 });
    const table = app.tables[0]?.name;
    expect(send?.environment).toEqual({ CONNECTIONS_TABLE: table, LOG_LEVEL: 'WARN', PAGE_SIZE: '100' });
    const apiId = app.webSocketApis[0]?.apiId;
    expect(chat?.environment).toEqual({
      CONNECTIONS_TABLE: table,
      LOG_LEVEL: 'INFO',
      CALLBACK_URL: `https://${apiId}.execute-api.eu-west-1.amazonaws.com/production`,
    });
  });

  it('collects the routes of an API and separately declared routes', () => {
    expect(app.webSocketApis).toHaveLength(1);
    const { routes = [], ...api } = app.webSocketApis[0] ?? {};
    expect(api).toEqual({
      logicalId: 'ChatApi',
      apiId: expect.stringMatching(/^[a-z0-9]{10}$/),
      stage: 'production',
      stageVariables: {},
      isDeployed: true,
      routeSelectionExpression: '$request.body.action',
    });
    const byKey = Object.fromEntries(routes.map(({ routeKey, ...rest }) => [routeKey, rest]));
    const to = (functionArn: string | undefined, timeoutMillis: number) => ({
      integration: { type: 'AWS_PROXY', functionArn, timeoutMillis },
      hasResponse: false,
    });
    expect(byKey).toEqual({
      $connect: to(chat?.arn, 5_000),
      $disconnect: to(chat?.arn, 29_000),
      $default: to(chat?.arn, 29_000),
      sendmessage: to(send?.arn, 29_000),
      sendMessage: to(send?.arn, 29_000),
      history: to(chat?.arn, 3_000),
    });
  });

  it('creates the input of CreateTable', () => {
    const [table] = app.tables;
    expect(table?.ttlAttribute).toBe('expiresAt');
    expect(table?.arn).toBe(`arn:aws:dynamodb:eu-west-1:111122223333:table/${table?.name}`);
    expect(table?.createTable).toEqual({
      TableName: table?.name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'connectionId', AttributeType: 'S' },
        { AttributeName: 'room', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'connectionId', KeyType: 'HASH' },
        { AttributeName: 'room', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'RoomIndex',
          KeySchema: [
            { AttributeName: 'room', KeyType: 'HASH' },
            { AttributeName: 'connectionId', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['userId'] },
        },
      ],
    });
  });

  it('reads the pattern, targets, retry policy and dead-letter queue of rules', () => {
    expect(app.eventBuses).toMatchObject([{ logicalId: 'ChatBus', name: 'demo-bus' }]);
    expect(app.queues).toEqual([
      {
        logicalId: 'DeadLetterQueue',
        name: expect.stringMatching(/^demo-DeadLetterQueue-[A-Z0-9]{12}$/),
        arn: `arn:aws:sqs:eu-west-1:111122223333:${app.queues[0]?.name}`,
        visibilityTimeoutSeconds: 30,
        messageRetentionSeconds: 1_209_600,
        delaySeconds: 0,
        receiveWaitSeconds: 0,
        maximumMessageBytes: 1_048_576,
      },
    ]);
    const [gone, messages] = app.rules;
    expect(gone).toEqual({
      logicalId: 'ChatFunctionGone',
      name: expect.stringMatching(/^demo-ChatFunctionGone-/),
      arn: `arn:aws:events:eu-west-1:111122223333:rule/demo-bus/${gone?.name}`,
      eventBusName: 'demo-bus',
      pattern: { source: ['chat'], 'detail-type': ['ConnectionGone'] },
      enabled: true,
      targets: [
        {
          id: 'ChatFunctionGoneLambdaTarget',
          arn: chat?.arn,
          maximumEventAgeSeconds: 120,
          maximumRetryAttempts: 185,
        },
      ],
    });
    expect(messages?.targets).toEqual([
      {
        id: 'FanOutMessagesStepFunctionsTarget',
        arn: app.stateMachines[0]?.arn,
        maximumEventAgeSeconds: 60,
        maximumRetryAttempts: 4,
        role: expect.objectContaining({ unresolved: [] }),
        deadLetterArn: app.queues[0]?.arn,
      },
    ]);
  });

  it('substitutes values in the definition', () => {
    const [machine] = app.stateMachines;
    expect(machine).toMatchObject({ logicalId: 'FanOut', type: 'EXPRESS', tracing: true });
    expect(machine?.definition).toMatchObject({
      StartAt: 'FindConnections',
      States: {
        FindConnections: { Arguments: { TableName: app.tables[0]?.name, Limit: '{% 100 %}' } },
        Post: { Resource: send?.arn },
      },
    });
  });

  it('resolves outputs, and omits outputs with a condition that is false', () => {
    expect(app.outputs).toEqual([
      {
        key: 'WebSocketUrl',
        description: 'The endpoint for clients.',
        value: `wss://${app.webSocketApis[0]?.apiId}.execute-api.eu-west-1.amazonaws.com/production`,
      },
      { key: 'TableName', value: app.tables[0]?.name },
    ]);
    const withAlarms = loadTemplate({ file: FILE, parameters: { Alarms: 'true' } });
    expect(withAlarms.outputs.map(({ key }) => key)).toContain('Alarm');
  });

  it('generates names that are stable between runs and differ between stacks', () => {
    const again = loadTemplate({
      file: FILE,
      stackName: 'demo',
      region: 'eu-west-1',
      accountId: '111122223333',
    });
    expect(again).toEqual(app);
    const other = loadTemplate({ file: FILE, stackName: 'other', region: 'eu-west-1' });
    expect(other.tables[0]?.name).toMatch(/^other-ConnectionsTable-/);
    expect(other.webSocketApis[0]?.apiId).not.toBe(app.webSocketApis[0]?.apiId);
  });

  it('defaults the account, stack name and region', () => {
    const before = process.env.AWS_REGION;
    try {
      delete process.env.AWS_REGION;
      const byDefault = { region: 'us-east-1', accountId: '123456789012', stackName: 'local' };
      expect(loadTemplate({ file: FILE })).toMatchObject(byDefault);
      process.env.AWS_REGION = 'ap-south-1';
      expect(loadTemplate({ file: FILE }).region).toBe('ap-south-1');
    } finally {
      if (before === undefined) delete process.env.AWS_REGION;
      else process.env.AWS_REGION = before;
    }
  });
});
