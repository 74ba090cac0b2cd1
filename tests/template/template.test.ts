import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, loadTemplate } from 'sam-offline';
import { matchesPattern } from 'sam-offline/testing';
import { serverRoutes } from '../../chat/protocol/server-requests';
import { audienceKeys, EVERYONE, EVERYONE_SHARDS } from '../../chat/rooms/room-keys';
import { propertyOf, resourcesOf, root, type Statement, statementsOf } from '../../testbed/template';

const file = join(root, 'template.yaml');

interface Parameter {
  Type: string;
  Description?: string;
  Default?: string | number;
  AllowedValues?: unknown[];
  AllowedPattern?: string;
  ConstraintDescription?: string;
  MinValue?: number;
  MaxValue?: number;
}

describe('template.yaml', () => {
  let app: App;
  const resources = resourcesOf(file);
  const functions = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::Serverless::Function');
  beforeAll(() => {
    app = loadTemplate({ file });
  });

  it('creates the stage of the WebSocket API after all routes', () => {
    // SAM makes the stage depend on the routes only if there are route settings. `check-transform.py` checks the result.
    expect(Object.keys(propertyOf(resources.WebSocketApi, 'RouteSettings') as object)).toContain('$connect');
    // SAM does not generate this route. A function depends on it, so the route of the function is created after it.
    expect(resources.PingFunction).toMatchObject({ DependsOn: 'SendMessageSpellingRoute' });
  });

  it('throttles every route of the WebSocket API within the lowest account quotas', () => {
    // docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: 2,500 per second and a burst of 1,250 in newer Regions
    const throttles = (loaded: App) => [
      ...new Set(loaded.webSocketApis[0]?.routes.map(({ throttle }) => JSON.stringify(throttle))),
    ];
    expect(throttles(app).sort()).toEqual([
      '{"ratePerSecond":20,"burst":200}',
      '{"ratePerSecond":200,"burst":500}',
    ]);
    const parameters = { Limits: 'loadTest' };
    expect(throttles(loadTemplate({ file, parameters }))).toEqual(['{"ratePerSecond":2500,"burst":1250}']);
  });

  it('has a route for each action, including both spellings of sendmessage', () => {
    const [api] = app.webSocketApis;
    expect(api?.routes.map(({ routeKey }) => routeKey).sort()).toEqual([
      '$connect',
      '$default',
      '$disconnect',
      'ban',
      'block',
      'createRoom',
      'deleteMessage',
      'editMessage',
      'follow',
      'history',
      'invite',
      'invites',
      'joinRoom',
      'kick',
      'leaveRoom',
      'markRead',
      'members',
      'ping',
      'react',
      'refreshToken',
      'revokeInvite',
      'sendMessage',
      'sendmessage',
      'setRole',
      'setRoom',
      'typing',
      'unban',
      'unblock',
    ]);
    const target = (key: string) => api?.routes.find(({ routeKey }) => routeKey === key)?.integration;
    expect(target('sendMessage')).toEqual(target('sendmessage'));
    expect(api?.stage).toBe('production');
  });

  it('allows API Gateway to invoke sendmessage for the second spelling, only on its route', () => {
    const permission = resources.SendMessageSpellingPermission?.Properties;
    expect(permission).toMatchObject({ Principal: 'apigateway.amazonaws.com' });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholders
    expect(JSON.stringify(permission?.SourceArn)).toContain('${WebSocketApi}/production/sendMessage');
  });

  it('derives every required physical name from the stack', () => {
    const names = Object.entries(resources).flatMap(
      ([id, { Properties = {} }]) =>
        Object.entries(Properties)
          .filter(
            ([key]) =>
              /^(?:Name|\w+Name)$/.test(key) && !['StageName', 'MetricName', 'DomainName'].includes(key),
          )
          .map(([key, value]) => [`${id}.${key}`, JSON.stringify(value)] as const)
          .filter(([path]) => path !== 'SendMessageSpellingPermission.FunctionName'), // names the function that the permission applies to
    );
    expect(names.length).toBeGreaterThan(0);
    for (const [, value] of names) expect(value).toMatch(/AWS::Stack(?:Name|Id)/);
  });

  it.each(functions)('grants %s only specific actions on specific resources', (_, { Properties }) => {
    for (const { Action, Resource } of statementsOf(Properties)) {
      for (const action of [Action].flat()) expect(action).toMatch(/^[a-z-]+:[A-Za-z]+$/);
      for (const resource of [Resource].flat()) expect(resource).not.toBe('*');
    }
  });

  it('allows the broadcast function only to read its key and write broadcasts', () => {
    const statements = statementsOf(resources.BroadcastFunction?.Properties);
    expect(statements.map(({ Action }) => Action)).toEqual([
      'secretsmanager:GetSecretValue',
      ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:PutItem'],
      'events:PutEvents',
    ]);
    expect(statements[0]?.Resource).toBe('BroadcastKey');
    expect(JSON.stringify(statements[1])).toContain('"dynamodb:LeadingKeys":["broadcast"]');
    const others = functions.filter(([id]) => id !== 'BroadcastFunction' && id !== 'ConnectFunction');
    expect(JSON.stringify(others)).not.toContain('secretsmanager');
  });

  it('allows only $connect to read the key of the address hashes', () => {
    const [key] = statementsOf(resources.ConnectFunction?.Properties).filter(({ Action }) =>
      JSON.stringify(Action).includes('secretsmanager'),
    );
    expect(key).toMatchObject({ Action: 'secretsmanager:GetSecretValue', Resource: 'AddressKey' });
  });

  it('generates a broadcast key of 43 letters and digits, and does not expose it in a parameter or output', () => {
    expect(app.secrets.map(({ logicalId }) => logicalId)).toEqual(['BroadcastKey', 'AddressKey']);
    for (const { generate } of app.secrets)
      expect(generate).toMatchObject({ length: 43, excludePunctuation: true });
    const [key] = app.secrets;
    const { Outputs, Parameters } = { Outputs: app.outputs, Parameters: resourcesOf(file, 'Parameters') };
    expect(Object.keys(Parameters).filter((name) => /key|secret|password/i.test(name))).toEqual([]);
    expect(Outputs.find(({ key }) => key === 'BroadcastCommand')?.value).toContain(
      `$(aws secretsmanager get-secret-value --secret-id ${key?.arn} `,
    );
  });

  it('opens only the throttled broadcast route, and enables CORS only if origins are listed', () => {
    const [api] = app.httpApis;
    expect(api?.stage).toBe('$default');
    expect(api?.routes.filter(({ requiresIam }) => !requiresIam)).toEqual([
      expect.objectContaining({
        routeKey: 'POST /broadcastmessage',
        integration: expect.objectContaining({
          functionArn: app.functions.find(({ logicalId }) => logicalId === 'BroadcastFunction')?.arn,
        }),
        throttle: { ratePerSecond: 200, burst: 500 },
      }),
    ]);
    expect(api).not.toHaveProperty('cors');
    const origins = ['https://a.example', 'https://b.example'];
    const named = loadTemplate({ file, parameters: { AllowedOrigins: origins.join(',') } });
    expect(named.httpApis[0]?.cors).toMatchObject({ allowOrigins: origins, allowMethods: ['POST'] });
  });

  it('generates keys of at least 256 bits from letters and digits', () => {
    const secrets = Object.values(resources).filter(({ Type }) => Type === 'AWS::SecretsManager::Secret');
    expect(secrets).toHaveLength(2);
    for (const secret of secrets) {
      const generated = propertyOf<{ PasswordLength: number }>(secret, 'GenerateSecretString');
      expect(generated).toEqual({ PasswordLength: expect.any(Number), ExcludePunctuation: true });
      expect(generated.PasswordLength * Math.log2(26 + 26 + 10)).toBeGreaterThanOrEqual(256);
    }
  });

  it('has one route with IAM authorization for each operation of the server API', () => {
    const routes = app.httpApis[0]?.routes.filter(({ requiresIam }) => requiresIam) ?? [];
    expect(routes.map(({ routeKey }) => routeKey).sort()).toEqual(Object.values(serverRoutes).sort());
    const arn = app.functions.find(({ logicalId }) => logicalId === 'ApiFunction')?.arn;
    expect(
      new Set(routes.map(({ integration }) => 'functionArn' in integration && integration.functionArn)),
    ).toEqual(new Set([arn]));
  });

  it('contains no partition name, so that it can be deployed in China and GovCloud', () => {
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html: aws, aws-cn, aws-us-gov
    for (const source of [file, join(root, 'statemachines', 'fan-out.asl.json')])
      expect(readFileSync(source, 'utf8').match(/arn:aws\b.*/g)).toBeNull();
    expect(resources.FanOut?.Properties?.DefinitionSubstitutions).toMatchObject({
      Partition: 'AWS::Partition',
    });
  });

  it('retains the chat table if an update replaces it, and allows its deletion when a stack creation is rolled back', () => {
    expect(resources.ChatTable).toMatchObject({
      UpdateReplacePolicy: 'Retain',
      DeletionPolicy: 'Delete',
      Properties: {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
    // If a creation fails, the rollback cannot delete a protected table, and the stack cannot be deleted.
    expect(resources.ChatTable?.Properties).not.toHaveProperty('DeletionProtectionEnabled');
  });

  it('keeps the rows of a connection longer than the maximum duration of $connect', () => {
    const connectFunction = app.functions.find(({ logicalId }) => logicalId === 'ConnectFunction');
    const [fanOut] = app.stateMachines;
    const [, ageMs] = /\$string\(\$millis\(\) - (\d+)/.exec(JSON.stringify(fanOut?.definition)) ?? [];
    expect(connectFunction?.timeoutSeconds).toBeGreaterThan(0);
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html: the integration timeout
    expect(Number(ageMs)).toBeGreaterThan(29_000);
    expect(Number(ageMs)).toBeGreaterThan(Number(connectFunction?.timeoutSeconds) * 1000);
  });

  it('projects only keys into SessionIndex', () => {
    const chat = app.tables.find(({ logicalId }) => logicalId === 'ChatTable');
    expect(chat?.createTable.GlobalSecondaryIndexes).toEqual([
      expect.objectContaining({ IndexName: 'SessionIndex', Projection: { ProjectionType: 'KEYS_ONLY' } }),
    ]);
  });

  it('maps a custom domain to the stage, and posts to the API Gateway domain', () => {
    const parameters = {
      WebSocketDomain: 'ws.example.com',
      WebSocketCertificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/a-1',
    };
    const withDomain = loadTemplate({ file, parameters });
    const output = (loaded: App, name: string) => loaded.outputs.find(({ key }) => key === name)?.value;
    expect(output(withDomain, 'WebSocketUrl')).toBe('wss://ws.example.com');
    expect(output(withDomain, 'WscatCommand')).toBe('npx wscat -c wss://ws.example.com');
    expect(output(withDomain, 'WebSocketDomainTarget')).toMatch(/\.execute-api\.us-east-1\.amazonaws\.com$/);
    expect(resources.WebSocketMapping?.Properties).toEqual({
      DomainName: 'WebSocketDomainName',
      ApiId: 'WebSocketApi',
      Stage: 'WebSocketApi.Stage',
    });
    // The URL of `@connections` on a custom domain depends on the mapping. Therefore, posts use the default domain of the API,
    // which must stay enabled.
    const endpoints = new Set(
      withDomain.functions.map(({ environment }) => environment.CONNECTIONS_ENDPOINT),
    );
    const callbackUrl = output(app, 'WebSocketUrl')?.replace(/^wss:/, 'https:');
    expect(endpoints).toEqual(new Set([callbackUrl]));
    expect(resources.WebSocketApi?.Properties).not.toHaveProperty('DisableExecuteApiEndpoint');
    expect(withDomain.website?.headers?.['content-security-policy']).toContain(
      "connect-src 'self' wss://ws.example.com;",
    );
    expect(app.support.resources.map(({ type }) => type)).not.toContain('AWS::ApiGatewayV2::DomainName');
  });

  it('uses no SAM policy templates', () => {
    for (const [, { Properties }] of functions) {
      for (const policy of (Properties?.Policies as object[]) ?? [])
        expect(Object.keys(policy)).toEqual(['Statement']);
    }
  });

  it('allows the workflow to query the index and delete from the table, and grants * only for log delivery', () => {
    const statements = statementsOf(resources.FanOut?.Properties);
    const resourceOf = (action: string) => statements.find(({ Action }) => Action === action)?.Resource;
    expect(JSON.stringify(resourceOf('dynamodb:Query'))).toContain('/index/RoomIndex');
    expect(JSON.stringify(resourceOf('dynamodb:DeleteItem'))).not.toContain('/index/');
    const open = statements.filter(({ Resource }) => Resource === '*');
    expect(open).toHaveLength(1);
    expect(actionsOf(open[0]).filter((action) => !action.startsWith('logs:'))).toEqual([]);
  });

  it.each([
    ['1', 86_400],
    ['2', 172_800],
    ['3', 259_200],
    ['4', 345_600],
    ['30', 345_600],
  ])('keeps undelivered texts at most as long as messages (RetentionDays=%s)', (RetentionDays, seconds) => {
    const [queue] = loadTemplate({ file, parameters: { RetentionDays } }).queues;
    expect(queue?.messageRetentionSeconds).toBe(seconds);
  });

  it('retries a delivery for 60 seconds, and then sends the event to the dead-letter queue', () => {
    const rule = app.rules.find(({ targets }) => targets.some(({ arn }) => arn.includes(':states:')));
    expect(rule?.targets).toEqual([
      expect.objectContaining({
        maximumEventAgeSeconds: 60,
        deadLetterArn: app.queues[0]?.arn,
      }),
    ]);
    const policy = JSON.stringify(resources.DeadLetterQueuePolicy?.Properties);
    expect(policy).toContain('events.amazonaws.com');
    expect(policy).toContain('aws:SourceArn');
  });

  it('sweeps all connections without a frame', () => {
    const sweep = app.rules.find(({ schedule }) => schedule !== undefined);
    expect(sweep?.targets).toEqual([
      expect.objectContaining({ arn: app.stateMachines[0]?.arn, maximumRetryAttempts: 0 }),
    ]);
    const [target] = sweep?.targets ?? [];
    const text = target?.input?.kind === 'constant' ? target.input.text : '{}';
    expect(JSON.parse(text).detail).toEqual({
      frames: {},
      audience: audienceKeys(EVERYONE, EVERYONE_SHARDS),
    });
  });

  it('runs a traced Express workflow that logs errors without payloads', () => {
    expect(app.stateMachines).toEqual([expect.objectContaining({ type: 'EXPRESS', tracing: true })]);
    expect(resources.FanOut?.Properties?.Logging).toMatchObject({
      Level: 'ERROR',
      IncludeExecutionData: false,
    });
    expect(JSON.stringify(resources.FanOutLogs?.Properties?.LogGroupName)).toContain('/aws/vendedlogs/');
  });

  it('enables TTL on expiresAt', () => {
    expect(app.tables.map(({ ttlAttribute }) => ttlAttribute)).toEqual(['expiresAt', 'expiresAt']);
  });

  it('sets log retention and builds functions with the Makefile', () => {
    for (const [, { Metadata }] of functions) expect(Metadata).toEqual({ BuildMethod: 'makefile' });
    for (const group of Object.values(resources).filter(({ Type }) => Type === 'AWS::Logs::LogGroup')) {
      expect(group.Properties?.RetentionInDays).toBeDefined();
    }
  });

  describe('tracing', () => {
    /** These functions are never traced, because their requests are frequent. */
    const untraced = ['PingFunction', 'IndicatorsFunction'];
    const tracer = (each: App, isTraced = (logicalId: string) => !untraced.includes(logicalId)) =>
      each.functions
        .filter(({ logicalId }) => isTraced(logicalId))
        .map(({ tracing, environment }) => [tracing, environment.POWERTOOLS_TRACE_ENABLED]);

    it('is active in the workflow and in all functions except two, unless it is turned off', () => {
      expect(new Set(tracer(app).map(String))).toEqual(new Set(['Active,true']));
      expect(tracer(app, (logicalId) => untraced.includes(logicalId))).toEqual([
        ['PassThrough', 'false'],
        ['PassThrough', 'false'],
      ]);
      expect(app.stateMachines.map(({ tracing }) => tracing)).toEqual([true]);
      const off = loadTemplate({ file, parameters: { Tracing: 'PassThrough' } });
      expect(new Set(tracer(off, () => true).map(String))).toEqual(new Set(['PassThrough,false']));
    });

    it('is added by a handler wrapper in every function', () => {
      for (const { handler } of app.functions) {
        const source = readFileSync(join(root, `${handler.split('.')[0]}.ts`), 'utf8');
        expect([handler, source]).toEqual([
          handler,
          expect.stringMatching(
            /handler = (?:instrument|websocketHandler|defaultRouteHandler|httpHandler)\(/,
          ),
        ]);
      }
    });

    it('records batches, but not individual posts', () => {
      for (const { environment } of app.functions)
        expect(environment.POWERTOOLS_TRACER_CAPTURE_HTTPS_REQUESTS).toBe('false');
    });

    it('derives a group name of at most 32 characters from the stack ID', () => {
      const name = resources.MessageTraces?.Properties?.GroupName;
      const [prefix = ''] = name as string[];
      expect(JSON.stringify(name)).toContain('AWS::StackId');
      // The longest segment of the UUID has twelve digits.
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholder
      expect(prefix.replace('${Id}', '123456789012').length).toBeLessThanOrEqual(32);
    });
  });

  describe('parameters', () => {
    const parameters = resourcesOf(file, 'Parameters') as unknown as Record<string, Parameter>;

    it.each(Object.entries(parameters))('describes and validates %s', (_, parameter) => {
      expect(parameter.Description).toMatch(/^[A-Z][^.]{20,}\.$/); // one sentence
      expect(parameter.Default).toBeDefined();
      const { AllowedValues, AllowedPattern, MinValue, MaxValue } = parameter;
      if (AllowedValues) expect(AllowedValues).toContain(parameter.Default);
      else if (parameter.Type === 'Number') {
        expect(MinValue).toBeLessThanOrEqual(Number(parameter.Default));
        expect(MaxValue).toBeGreaterThanOrEqual(Number(parameter.Default));
      } else {
        expect(AllowedPattern).toMatch(/^\^.*\$$/); // CloudFormation matches the whole value even without anchors
        expect(parameter.Default).toMatch(new RegExp(AllowedPattern as string));
        expect(parameter.ConstraintDescription).toBeDefined(); // otherwise CloudFormation shows the pattern
      }
    });

    it('has at most 12 parameters, because `sam deploy --guided` asks for each of them', () => {
      expect(Object.keys(parameters).length).toBeLessThanOrEqual(12);
    });

    it('assigns each parameter to one parameter group', () => {
      const { ParameterGroups } = resourcesOf(file, 'Metadata')[
        'AWS::CloudFormation::Interface'
      ] as unknown as {
        ParameterGroups: { Label: { default: string }; Parameters: string[] }[];
      };
      const grouped = ParameterGroups.flatMap(({ Parameters }) => Parameters);
      expect(grouped).toEqual(Object.keys(parameters)); // `sam deploy --guided` asks in the order of the parameters
      for (const { Label } of ParameterGroups) expect(Label.default).toMatch(/./);
    });
  });

  it('mentions guest access in the description', () => {
    expect(readFileSync(file, 'utf8')).toMatch(/Description: >-\n.*\n?.*guest/);
  });

  it.each([
    ['message-sent.json', ':states:'],
    ['broadcast-sent.json', ':states:'],
    ['member-joined.json', ':states:'],
    ['connection-gone.json', 'DisconnectFunction'],
  ])('routes %s to one target', (event, target) => {
    const sample = JSON.parse(readFileSync(join(root, 'events', event), 'utf8'));
    const targets = app.rules
      .filter(({ pattern }) => pattern && matchesPattern(pattern, sample))
      .flatMap(({ targets }) => targets.map(({ arn }) => arn));
    expect(targets).toEqual([expect.stringContaining(target)]);
  });

  it('outputs the WebSocket URL and a wscat command', () => {
    const output = (key: string) => app.outputs.find((entry) => entry.key === key)?.value;
    expect(output('WebSocketUrl')).toMatch(
      /^wss:\/\/[a-z0-9]{10}\.execute-api\.us-east-1\.amazonaws\.com\/production$/,
    );
    expect(output('WscatCommand')).toBe(`npx wscat -c ${output('WebSocketUrl')}`);
  });
});

function actionsOf(statement: Statement | undefined): string[] {
  return [statement?.Action ?? []].flat();
}
