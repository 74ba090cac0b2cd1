// biome-ignore-all lint/suspicious/noTemplateCurlyInString: API Gateway's syntax
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MappedIntegration } from '../src/api-gateway/model';
import { AwsError } from '../src/core/service';
import { apiModel, createStarter, mapped, waitForMessage, waitForRejection } from './support/websocket-api';

const start = createStarter();

type Settings = NonNullable<Parameters<typeof start>[0]>;

const ROLE = {
  arn: 'arn:aws:iam::123456789012:role/api',
  name: 'api',
  logicalId: 'ApiRole',
  role: { statements: [], unresolved: [] },
};

/** Starts an API with one route for the key. Clients receive the responses of the route. */
function startWith(integration: Partial<MappedIntegration>, settings: Settings = {}, routeKey = '$default') {
  const responses = [{ key: '$default', templates: {} }];
  const route = { routeKey, integration: mapped({ responses, ...integration }), hasResponse: true };
  return start({ apis: [apiModel([], { routes: [route] })], ...settings });
}

async function exchange(
  integration: Partial<MappedIntegration>,
  message: object,
  settings: Settings = {},
): Promise<unknown> {
  const { connect } = await startWith(integration, settings);
  const { socket } = await connect();
  socket.send(JSON.stringify(message));
  const text = await waitForMessage(socket);
  return text.startsWith('{') ? JSON.parse(text) : text;
}

const aws = (service: string, overrides: Partial<MappedIntegration> = {}) => ({
  type: 'AWS' as const,
  uri: `arn:aws:apigateway:us-east-1:${service}`,
  credentials: ROLE,
  ...overrides,
});

/** Records the calls to services, and responds to each call with `output`. */
function recordCalls(output: Record<string, unknown> | AwsError) {
  const calls: unknown[] = [];
  return {
    calls,
    callService: async (...call: unknown[]) => {
      calls.push(call);
      if (output instanceof AwsError) throw output;
      return output;
    },
  };
}

describe('MOCK integrations', () => {
  it.each(['{"statusCode": 200}', '{ statusCode: 200 }', "{'statusCode': '200'}"])(
    'returns the response for the status in the request template %s',
    async (template) => {
      const responses = [{ key: '/2\\d\\d/', templates: { $default: '{"pong":"$context.routeKey"}' } }];
      const reply = await exchange({ requestTemplates: { $default: template }, responses }, {});
      expect(reply).toEqual({ pong: '$default' });
    },
  );

  it('fails if the request template has no status', async () => {
    expect(await exchange({}, { a: 1 })).toMatchObject({ message: 'Internal server error' });
  });

  it('fails if no integration response matches', async () => {
    const reply = await exchange({ requestTemplates: { $default: '{"statusCode":200}' }, responses: [] }, {});
    expect(reply).toMatchObject({ message: 'Internal server error' });
  });

  it.each([
    [200, undefined],
    [403, 403],
  ])('accepts or rejects a handshake by the status %s', async (statusCode, rejection) => {
    const templates = { $default: `{"statusCode":${statusCode}}` };
    const { connect, dial } = await startWith({ requestTemplates: templates }, {}, '$connect');
    if (rejection === undefined) expect((await connect()).connectionId).not.toBe('');
    else expect(await waitForRejection(dial())).toMatchObject({ status: rejection });
  });

  it('sends nothing without a route response', async () => {
    const integration = mapped({ requestTemplates: { $default: '{"statusCode":500}' } });
    const noResponse = { routeKey: 'quiet', integration, hasResponse: false };
    const { connect } = await start({ apis: [apiModel([], { routes: [noResponse] })] });
    const { socket } = await connect();
    socket.send('{"action":"quiet"}');
    socket.send('{"action":"unknown"}');
    expect(JSON.parse(await waitForMessage(socket))).toMatchObject({ message: 'Forbidden' });
  });

  it('rejects a message if no template matches', async () => {
    const reply = await exchange({ passthrough: 'NEVER' }, {});
    expect(reply).toMatchObject({ message: 'Unsupported Media Type' });
  });
});

describe('AWS integrations', () => {
  it('calls an action with the mapped request and the permissions of the role', async () => {
    const { calls, callService } = recordCalls({ Attributes: {} });
    const template = `{"TableName":"$stageVariables.table","Item":{"id":{"S":"$context.connectionId"},"text":{"S":$input.json('$.text')}}}`;
    const integration = aws('dynamodb:action/PutItem', { requestTemplates: { $default: template } });
    expect(await exchange(integration, { text: 'hi' }, { callService })).toEqual({ Attributes: {} });
    const input = { Item: { id: { S: expect.stringMatching(/=$/) }, text: { S: 'hi' } }, TableName: '' };
    expect(calls).toEqual([['dynamodb', 'PutItem', input, { principal: ROLE.arn }]]);
  });

  it('maps the error of a service', async () => {
    const { callService } = recordCalls(new AwsError('AccessDeniedException', 'No.', 400));
    const responses = [{ key: '/4../', templates: { $default: `{"failed":$input.json('$.message')}` } }];
    const reply = await exchange(aws('dynamodb:action/PutItem', { responses }), {}, { callService });
    expect(reply).toEqual({ failed: 'No.' });
  });

  it('logs the error of a service if the client receives no response', async () => {
    const { callService } = recordCalls(new AwsError('MissingParameter', 'MessageGroupId is missing.', 400));
    const integration = mapped(
      aws('sqs:action/SendMessage', { requestTemplates: { $default: 'Action=SendMessage&QueueUrl=q' } }),
    );
    const routes = [{ routeKey: '$default', integration, hasResponse: false }];
    const { connect, logged } = await start({ apis: [apiModel([], { routes })], callService });
    const { socket } = await connect();
    socket.send('{}');
    while (logged.length === 0) await new Promise((next) => setTimeout(next, 10));
    expect(logged).toEqual([
      expect.objectContaining({
        failed: 'integration',
        reason: expect.stringMatching(/^The integration responded with 400: .*MessageGroupId is missing/),
      }),
    ]);
  });

  it('rejects a request that is not a JSON object', async () => {
    const { callService, calls } = recordCalls({});
    const integration = aws('states:action/StartExecution', { requestTemplates: { $default: 'no' } });
    expect(await exchange(integration, {}, { callService })).toMatchObject({
      __type: 'SerializationException',
    });
    expect(calls).toEqual([]);
  });

  it('reads the action from X-Amz-Target', async () => {
    const { callService, calls } = recordCalls({ FailedEntryCount: 0 });
    const integration = aws('events:path//', {
      requestParameters: { 'integration.request.header.X-Amz-Target': "'AWSEvents.PutEvents'" },
    });
    expect(await exchange(integration, { Entries: [] }, { callService })).toEqual({ FailedEntryCount: 0 });
    expect(calls).toEqual([['events', 'PutEvents', { Entries: [] }, { principal: ROLE.arn }]]);
    expect(await exchange(aws('events:path//'), {}, { callService })).toMatchObject({
      __type: 'UnknownOperationException',
    });
  });

  // docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-xml.html
  it('sends a message with the form parameters of Amazon SQS', async () => {
    const { callService, calls } = recordCalls({ MessageId: 'm' });
    const template =
      'Action=SendMessage&MessageBody=$util.urlEncode($input.body)&DelaySeconds=5&MessageAttribute.1.Name=id' +
      '&MessageAttribute.1.Value.StringValue=v&MessageAttribute.1.Value.DataType=String';
    const integration = aws('sqs:path/123456789012/jobs', { requestTemplates: { $default: template } });
    expect(await exchange(integration, { a: '&' }, { callService })).toMatchObject({
      SendMessageResponse: { SendMessageResult: { MessageId: 'm' } },
    });
    expect(calls[0]).toMatchObject([
      'sqs',
      'SendMessage',
      {
        QueueUrl: 'jobs',
        MessageBody: '{"a":"&"}',
        DelaySeconds: 5,
        MessageAttributes: { id: { StringValue: 'v', DataType: 'String' } },
      },
      {},
    ]);
  });

  it('sends a message with the query of an action URI', async () => {
    const { callService, calls } = recordCalls({});
    const integration = aws('sqs:action/SendMessage', {
      requestTemplates: { $default: '' },
      requestParameters: {
        'integration.request.querystring.QueueUrl': "'jobs'",
        'integration.request.querystring.MessageBody': 'route.request.body.text',
      },
    });
    await exchange(integration, { text: 'hi' }, { callService });
    expect(calls[0]).toMatchObject(['sqs', 'SendMessage', { QueueUrl: 'jobs', MessageBody: 'hi' }, {}]);
    expect(await exchange(aws('sqs:path/1/jobs'), {}, { callService })).toMatchObject({
      __type: 'MissingAction',
    });
  });

  it('invokes a function with the mapped request', async () => {
    const integration = aws('lambda:path/2015-03-31/functions/arn:fn/invocations', {
      functionArn: 'arn:fn',
      credentials: undefined,
      requestTemplates: { $default: '{"id":"$context.connectionId"}' },
    });
    const reply = await exchange(integration, {}, { respond: (event) => ({ payload: { got: event } }) });
    expect(reply).toEqual({ got: { id: expect.stringMatching(/=$/) } });
  });

  it('treats the error of a function as a response', async () => {
    const integration = aws('lambda:path/x', {
      functionArn: 'arn:fn',
      responses: [
        {
          key: '200',
          templates: { Unhandled: "failed: $input.path('$.errorMessage')" },
          templateSelection: '${integration.response.header.X-Amz-Function-Error}',
        },
      ],
    });
    const respond = () => ({ payload: { errorMessage: 'boom' }, functionError: 'Unhandled' as const });
    expect(await exchange(integration, {}, { respond })).toBe('failed: boom');
  });

  it('does not wait for a function with the invocation type Event', async () => {
    const integration = aws('lambda:path/x', {
      functionArn: 'arn:fn',
      requestParameters: { 'integration.request.header.X-Amz-Invocation-Type': "'Event'" },
      responses: [{ key: '202', templates: { $default: 'accepted' } }],
    });
    expect(await exchange(integration, {}, { respond: () => new Promise(() => {}) })).toBe('accepted');
  });

  it('posts to a connection with the permissions of the role', async () => {
    const requests: unknown[] = [];
    const integration = aws('a1b2c3d4e5.execute-api:path/production/@connections/{id}', {
      requestParameters: { 'integration.request.path.id': 'route.request.body.to' },
      requestTemplates: { $default: "to you: $input.path('$.text')" },
    });
    const settings: Settings = {
      authorizeRole(principal, request) {
        requests.push([principal, request]);
        return requests.length > 1 ? 'not allowed' : undefined;
      },
    };
    const { connect } = await startWith(integration, settings);
    const [from, to] = [await connect(), await connect()];
    from.socket.send(JSON.stringify({ to: to.connectionId, text: 'hi' }));
    expect(await waitForMessage(to.socket)).toBe('to you: hi');
    const request = { apiId: 'a1b2c3d4e5', stage: 'production', method: 'POST' };
    expect(requests).toEqual([[ROLE.arn, request]]);
    from.socket.send(JSON.stringify({ to: 'AAAAAAAAAAAAAAA=', text: 'hi' }));
    expect(JSON.parse(await waitForMessage(from.socket))).toMatchObject({ message: 'not allowed' });
  });

  it.each([
    ['has no role', aws('dynamodb:action/PutItem', { credentials: undefined }), 'no CredentialsArn'],
    ['calls a service that is not emulated', aws('sns:action/Publish'), 'is not supported'],
    ['has no function', aws('lambda:path/x'), 'does not exist'],
  ])('fails if the integration %s', async (_name, integration, reason) => {
    const { connect, logged } = await startWith(integration);
    const { socket } = await connect();
    socket.send('{}');
    expect(JSON.parse(await waitForMessage(socket))).toMatchObject({ message: 'Internal server error' });
    expect(logged).toMatchObject([{ reason: expect.stringContaining(reason) }]);
  });
});

describe('HTTP integrations', () => {
  const servers: ReturnType<typeof createServer>[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  /** Starts a server that returns the request. */
  async function startServer(status = 200): Promise<string> {
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { method, url, headers } = request;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ method, url, room: headers['x-room'], type: headers['content-type'], body }),
      );
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('sends the mapped request', async () => {
    const integration = {
      type: 'HTTP' as const,
      method: 'PUT',
      uri: `${await startServer()}/rooms/{room}`,
      requestParameters: {
        'integration.request.path.room': 'route.request.body.room',
        'integration.request.header.X-Room': 'route.request.body.room',
        'integration.request.querystring.q': "'1'",
      },
      requestTemplates: { $default: '{"mapped":true}' },
    };
    expect(await exchange(integration, { room: 'a' })).toEqual({
      method: 'PUT',
      url: '/rooms/a?q=1',
      room: 'a',
      type: 'application/json',
      body: '{"mapped":true}',
    });
  });

  it('passes a message through', async () => {
    const integration = { type: 'HTTP_PROXY' as const, uri: await startServer(), responses: [] };
    expect(await exchange(integration, { a: 1 })).toMatchObject({ method: 'POST', body: '{"a":1}' });
  });

  it('sends no body in a GET request', async () => {
    const integration = { type: 'HTTP_PROXY' as const, method: 'GET', uri: await startServer() };
    expect(await exchange(integration, { a: 1 })).toMatchObject({ method: 'GET', body: '' });
  });

  it('rejects a handshake with the status of the server', async () => {
    const integration = { type: 'HTTP_PROXY' as const, uri: await startServer(402) };
    const { dial } = await startWith(integration, {}, '$connect');
    expect(await waitForRejection(dial())).toMatchObject({ status: 402 });
  });

  it('fails if the server cannot be reached', async () => {
    const integration = { type: 'HTTP' as const, uri: 'http://127.0.0.1:1/' };
    expect(await exchange(integration, {})).toMatchObject({ message: 'Internal server error' });
  });
});
