import { AwsError, type InvokeResult } from '../src/core/service';
import { parseTraceHeader } from '../src/traces/header';
import type { Segment } from '../src/traces/segment';
import { send } from './support/http-api';
import { startRestApis, withApi } from './support/rest-api';

/** Tests active tracing of REST API stages. */

const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const ROUTES = { Get: 'Path: /rooms, Method: get' };
const TRACED = withApi('Name: chat, TracingEnabled: true', ROUTES);
const OK: InvokeResult = { payload: { statusCode: 200, body: 'hello' } };

/** Starts the APIs, and records their segments and the trace headers that functions receive. */
async function start(template: string, respond: () => InvokeResult = () => OK) {
  const segments: Segment[] = [];
  const headers: (string | undefined)[] = [];
  const apis = await startRestApis(template, {
    segments: (segment) => segments.push(segment),
    respond(_event, _arn, context) {
      headers.push(context?.traceHeader);
      return respond();
    },
  });
  stops.push(apis.stop);
  return { ...apis, segments, headers };
}

// docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-understanding-xray-traces.html
describe('the trace of a request to a REST API', () => {
  it('starts with a segment of the stage, which has a subsegment for the invocation of the function', async () => {
    const { port, app, events, segments, headers } = await start(TRACED);
    await send(port, 'GET', '/v1/rooms?q=1', { host: 'localhost' });
    const apiId = app.restApis[0]?.apiId;
    expect(segments).toEqual([
      expect.objectContaining({
        name: 'chat/v1',
        origin: 'AWS::ApiGateway::Stage',
        resource_arn: `arn:aws:apigateway:us-east-1::/restapis/${apiId}/stages/v1`,
        http: {
          request: { url: 'http://localhost/v1/rooms?q=1', method: 'GET', client_ip: '127.0.0.1' },
          response: { status: 200, content_length: 5 },
        },
        annotations: { 'aws:api_id': apiId, 'aws:api_stage': 'v1' },
        subsegments: [
          expect.objectContaining({
            name: 'Lambda',
            namespace: 'aws',
            aws: { operation: 'Invoke', function_name: app.functions[0]?.name },
          }),
        ],
      }),
    ]);
    const [segment] = segments;
    expect(parseTraceHeader(headers[0])).toEqual({
      root: segment?.trace_id,
      parent: segment?.subsegments?.[0]?.id,
      sampled: true,
    });
    expect(events).toMatchObject([{ headers: { 'X-Amzn-Trace-Id': `Root=${segment?.trace_id}` } }]);
  });

  it('continues the trace of the client', async () => {
    const { port, segments } = await start(TRACED);
    await send(port, 'GET', '/v1/rooms', {
      'x-amzn-trace-id': 'Root=1-5-a;Parent=cccccccccccccccc;Sampled=1',
    });
    expect(segments).toMatchObject([{ trace_id: '1-5-a', parent_id: 'cccccccccccccccc' }]);
  });

  it('is not recorded if the client does not sample it, and the function receives this decision', async () => {
    const { port, segments, headers } = await start(TRACED);
    await send(port, 'GET', '/v1/rooms', { 'x-amzn-trace-id': 'Root=1-5-a;Sampled=0' });
    expect(segments).toEqual([]);
    expect(parseTraceHeader(headers[0])).toMatchObject({ root: '1-5-a', sampled: false });
  });

  it('is not started without active tracing', async () => {
    const { port, segments, headers } = await start(withApi('Name: chat', ROUTES));
    await send(port, 'GET', '/v1/rooms');
    expect(segments).toEqual([]);
    expect(headers).toEqual([undefined]);
  });

  it('marks failed calls and their responses', async () => {
    const { port, segments } = await start(TRACED, () => {
      throw new AwsError('TooManyRequestsException', 'Rate exceeded', 429);
    });
    await send(port, 'GET', '/v1/rooms');
    await send(port, 'GET', '/v1/missing');
    expect(segments).toMatchObject([
      { fault: true, subsegments: [{ error: true, throttle: true, http: { response: { status: 429 } } }] },
      { error: true, http: { response: { status: 403 } }, subsegments: [] },
    ]);
  });

  it('contains the call of a Lambda authorizer', async () => {
    const policy = {
      principalId: 'p',
      policyDocument: { Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }] },
    };
    let calls = 0;
    const auth = 'Auth: { DefaultAuthorizer: A, Authorizers: { A: { FunctionArn: !GetAtt Fn.Arn } } }';
    const { port, segments } = await start(
      withApi(`Name: chat, TracingEnabled: true, ${auth}`, ROUTES),
      () => {
        calls += 1;
        return calls === 1 ? { payload: policy } : OK;
      },
    );
    await send(port, 'GET', '/v1/rooms', { authorization: 'token' });
    expect(segments).toMatchObject([
      { http: { response: { status: 200 } }, subsegments: [{ name: 'Lambda' }, { name: 'Lambda' }] },
    ]);
  });
});
