import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { FrameStore } from '../src/records/frame-store';
import {
  apiModel,
  createStarter,
  type Event,
  routeTo,
  waitForMessage,
  waitForRejection,
  waitUntil,
} from './support/websocket-api';

const start = createStarter();

describe('recorded frames', () => {
  it('contain the route, the invocation and the reply of a message', async () => {
    const frames = new FrameStore();
    const routes = [{ ...routeTo('order'), hasResponse: true }];
    const { connect } = await start({
      frames,
      apis: [apiModel([], { routes })],
      respond: () => ({ payload: { statusCode: 200, body: 'ordered' } }),
    });
    const { socket, connectionId } = await connect('/production?desk=north');
    socket.send('{"action":"order"}');
    expect(await waitForMessage(socket)).toBe('ordered');
    const found = frames.find(connectionId);
    expect(found).toMatchObject({ state: 'open', path: '/production?desk=north' });
    const [opening, request, reply] = found?.changed ?? [];
    expect(opening).toMatchObject({ kind: 'connect', state: 'ok' });
    expect(request).toMatchObject({
      kind: 'in',
      text: '{"action":"order"}',
      routeKey: 'order',
      state: 'ok',
      requestId: expect.any(String),
      invocation: { requestId: 'request-arn:order', traceId: 'trace-arn:order' },
    });
    expect(reply).toMatchObject({
      kind: 'out',
      text: 'ordered',
      request: { connectionId, number: request?.number },
    });
  });

  it.each([
    [
      'an unmatched message',
      {},
      '{"action":"other"}',
      /^No route matches \$request\.body\.action: no route has the key "other"\. .* Its routes: order\.$/,
    ],
    ['a message that is not JSON', {}, '{"action":', /: the frame is not JSON\. .* Its routes: order\.$/],
    [
      'a throttled message',
      { throttle: { ratePerSecond: 0.001, burst: 0 } },
      '{"action":"order"}',
      /route order \(0\.001 requests per second, burst 0\) or .* are exceeded/,
    ],
    [
      'an invalid message',
      { validation: { selection: '$default', schemas: { $default: { required: ['id'] } } } },
      '{"action":"order"}',
      /not valid for the model that \$default selects/,
    ],
    ['a failed integration', {}, '{"action":"order"}', /^The function failed \(Unhandled\): "broken"$/],
    [
      'a function that throws',
      {
        payload: {
          errorType: 'TypeError',
          errorMessage: 'no table',
          trace: ['TypeError: no table', '    at app.ts:1:2'],
        },
      },
      '{"action":"order"}',
      /^The function failed \(Unhandled\): TypeError: no table$/,
    ],
  ])('contain the reason why %s is rejected', async (_name, route, message, reason) => {
    const frames = new FrameStore();
    const { payload = 'broken', ...settings } = route as { payload?: unknown };
    const { connect } = await start({
      frames,
      apis: [apiModel([], { routes: [{ ...routeTo('order'), ...settings }] })],
      respond: () => ({ payload, functionError: 'Unhandled' }),
    });
    const { socket, connectionId } = await connect();
    socket.send(message);
    const error = JSON.parse(await waitForMessage(socket));
    const [, request, reply] = frames.find(connectionId)?.changed ?? [];
    expect(request).toMatchObject({ state: 'failed', reason: expect.stringMatching(reason) });
    expect(request?.requestId).toBe(error.requestId);
    expect(reply?.request?.number).toBe(request?.number);
  });

  it('contain the reason why a message has the route $default', async () => {
    const frames = new FrameStore();
    const apis = [apiModel([], { routes: [routeTo('order'), routeTo('$default')] })];
    const { connect } = await start({ frames, apis, respond: () => ({ payload: { statusCode: 200 } }) });
    const { socket, connectionId } = await connect();
    for (const text of ['{"action":"order"}', '{"action":"other"}', '{"id":1}', 'hello']) socket.send(text);
    const requests = () => frames.find(connectionId)?.changed.slice(1) ?? [];
    await waitUntil(() => requests().length === 4);
    const reason = (why: string) => `No route matches $request.body.action: ${why}.`;
    expect(requests().map(({ routeKey, mismatch }) => [routeKey, mismatch])).toEqual([
      ['order', undefined],
      ['$default', reason('no route has the key "other"')],
      ['$default', reason('the frame has no such member')],
      ['$default', reason('the frame is not JSON')],
    ]);
  });

  it('contain rejected handshakes with the status and the reason', async () => {
    const frames = new FrameStore();
    const { dial } = await start({
      frames,
      respond: () => ({ payload: { statusCode: 401, body: 'No token.' } }),
    });
    await waitForRejection(dial('/production'));
    await waitForRejection(dial('/other'));
    const reasons = frames.list().map(({ connectionId, state }) => {
      const [frame] = frames.find(connectionId)?.changed ?? [];
      return [state, frame?.code, frame?.reason];
    });
    expect(reasons).toEqual([
      ['rejected', 403, 'No deployed stage has this path.'],
      ['rejected', 401, 'The $connect route returned status 401: No token.'],
    ]);
  });

  it('contain posts with the trace of the sender, and the name of a console client', async () => {
    const frames = new FrameStore();
    const { connect, management, events } = await start({
      frames,
      findTrace: (authorization) => `signer of ${/Credential=(\w+)/.exec(authorization)?.[1]}`,
    });
    const { socket, connectionId } = await connect('/_local/clients/console-1/production?desk=north');
    const received = waitForMessage(socket);
    await management.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'hello' }));
    expect(await received).toBe('hello');
    expect(frames.find(connectionId)).toMatchObject({ client: 'console-1', path: '/production?desk=north' });
    expect(frames.find(connectionId)?.changed.at(-1)).toMatchObject({
      text: 'hello',
      traceId: 'signer of local',
    });
    expect((events[0] as Event).queryStringParameters).toEqual({ desk: 'north' });
  });

  it('contain frames that close the connection, with the reason', async () => {
    const frames = new FrameStore();
    const { connect } = await start({ frames });
    const binary = await connect();
    const large = await connect();
    binary.socket.send(Buffer.from([1]));
    large.socket.send('x'.repeat(33 * 1024));
    const closeOf = (connectionId: string) => {
      const last = frames.find(connectionId)?.changed.at(-1);
      return last?.kind === 'close' && last.state === 'ok' ? last : undefined;
    };
    await waitUntil(() => [binary, large].every((each) => closeOf(each.connectionId) !== undefined));
    const rejectionOf = (connectionId: string) =>
      frames.find(connectionId)?.changed.find(({ kind, state }) => kind === 'in' && state === 'failed');
    expect(rejectionOf(binary.connectionId)?.reason).toBe('API Gateway does not accept binary frames.');
    expect(rejectionOf(large.connectionId)?.reason).toBe(
      'The frame has 33792 bytes, and the limit is 32768 bytes.',
    );
    expect(frames.list().map(({ failures }) => failures)).toEqual([1, 1]);
    expect(closeOf(binary.connectionId)).toMatchObject({
      kind: 'close',
      code: 1003,
      reason: 'API Gateway does not accept binary frames.',
      routeKey: '$disconnect',
    });
    expect(closeOf(large.connectionId)).toMatchObject({
      code: 1009,
      reason: expect.stringContaining('32768 bytes'),
    });
  });
});
