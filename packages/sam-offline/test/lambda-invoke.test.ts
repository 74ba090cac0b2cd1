import { accountId, arnOf, createOpener, fn } from './support/lambda';

const open = createOpener();

describe('the Lambda API', () => {
  it.each([
    'stack-echo',
    'stack-echo:$LATEST',
    `${accountId}:function:stack-echo`,
    'function:stack-echo',
    arnOf('stack-echo'),
  ])('finds a function by %s', async (FunctionName) => {
    const { call } = await open([fn('echo', 'basics.echo')]);
    expect(await call({ FunctionName, Payload: { a: 1 } })).toEqual({
      StatusCode: 200,
      Payload: { a: 1 },
      ExecutedVersion: '$LATEST',
    });
  });

  it.each(['stack-none', 'stack-echo:3', 'arn:aws:lambda:us-east-1:123456789012:function:stack-echo'])(
    'does not find %s',
    async (FunctionName) => {
      const { call } = await open([fn('echo', 'basics.echo')]);
      await expect(call({ FunctionName })).rejects.toMatchObject({
        code: 'ResourceNotFoundException',
        status: 404,
      });
    },
  );

  it('returns FunctionError for a failed function', async () => {
    const { call } = await open([fn('f', 'failures.throws')]);
    expect(await call({ FunctionName: 'stack-f' })).toMatchObject({
      StatusCode: 200,
      FunctionError: 'Unhandled',
      Payload: { errorType: 'RoomFullError' },
    });
  });

  // docs.aws.amazon.com/lambda/latest/api/API_Invoke.html. Until 2025, the limit was 256 KB.
  it('limits the payload of asynchronous invocations to 1 MB', async () => {
    const { call } = await open([fn('echo', 'basics.echo')]);
    const send = (characters: number) =>
      call({ FunctionName: 'stack-echo', InvocationType: 'Event', Payload: 'a'.repeat(characters) });
    expect(await send(1_048_574)).toEqual({ StatusCode: 202 });
    await expect(send(1_048_575)).rejects.toMatchObject({ code: 'RequestTooLargeException', status: 413 });
  });

  // docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  it('limits requests and responses to 6 MB', async () => {
    const { call, invoke } = await open([fn('large', 'basics.large'), fn('echo', 'basics.echo')]);
    const big = 'a'.repeat(6_291_455);
    await expect(call({ FunctionName: 'stack-echo', Payload: big })).rejects.toMatchObject({
      code: 'RequestTooLargeException',
      status: 413,
    });
    expect((await invoke('large', { bytes: 6_291_554 })).functionError).toBeUndefined();
    expect(await invoke('large', { bytes: 6_291_555 })).toMatchObject({
      functionError: 'Unhandled',
      payload: { errorType: 'Function.ResponseSizeTooLarge' },
    });
  });

  it('rejects unsupported options and actions, and names them', async () => {
    const { call, lambda } = await open([fn('echo', 'basics.echo')]);
    await expect(call({ FunctionName: 'stack-echo', LogType: 'Tail' })).rejects.toThrow('LogType Tail');
    await expect(lambda.call('CreateFunction', {}, {})).rejects.toThrow('CreateFunction');
  });

  it('accepts asynchronous invocations immediately, and attempts them three times with the same request ID', async () => {
    let resolveDropped: () => void = () => {};
    const dropped = new Promise<void>((resolve) => {
      resolveDropped = resolve;
    });
    const lines: string[] = [];
    const { call } = await open([fn('f', 'failures.throws')], {
      asyncRetryDelays: [1, 1],
      log: ({ line }) => {
        lines.push(line);
        if (line.startsWith('Dropped')) resolveDropped();
      },
    });
    expect(await call({ FunctionName: 'stack-f', InvocationType: 'Event' })).toEqual({ StatusCode: 202 });
    await dropped;
    const starts = lines.filter((line) => line.startsWith('START'));
    expect(starts).toHaveLength(3);
    expect(new Set(starts).size).toBe(1);
  });

  it('lists and describes functions', async () => {
    const { lambda } = await open([fn('echo', 'basics.echo')]);
    const { Functions } = await lambda.call('ListFunctions', {}, {});
    expect(Functions).toEqual([
      expect.objectContaining({ FunctionName: 'stack-echo', Runtime: 'nodejs24.x' }),
    ]);
    expect(await lambda.call('GetFunction', { FunctionName: 'stack-echo' }, {})).toMatchObject({
      Configuration: { Handler: 'basics.echo' },
    });
  });
});
