import { arnOf, createOpener, createTestLambda, fn, region } from './support/lambda';

const open = createOpener();

describe('a Lambda function', () => {
  it('receives the event and returns its result', async () => {
    const { invoke } = await open([fn('echo', 'basics.echo')]);
    expect(await invoke('echo', { room: 'a', n: [1, null, 'é'] })).toEqual({
      payload: { room: 'a', n: [1, null, 'é'] },
    });
  });

  it('returns null if the handler returns nothing', async () => {
    const { invoke } = await open([fn('nothing', 'basics.nothing')]);
    expect(await invoke('nothing')).toEqual({ payload: null });
  });

  it('cannot be invoked before the first build', async () => {
    const lambda = createTestLambda([fn('echo', 'basics.echo')]);
    await expect(lambda.invoke(arnOf('stack-echo'), {}, {})).rejects.toThrow(
      'The function echo was invoked before the first build.',
    );
  });

  it('can be a nested export', async () => {
    const { invoke } = await open([fn('nested', 'basics.nested.handler')]);
    expect(await invoke('nested')).toEqual({ payload: 'nested' });
  });

  it('receives the context of nodejs24.x', async () => {
    const { invoke } = await open([fn('describe', 'basics.describe', { memoryMb: 512, timeoutSeconds: 7 })]);
    const { payload } = await invoke('describe');
    expect(payload).toMatchObject({
      functionName: 'stack-describe',
      functionVersion: '$LATEST',
      memoryLimitInMB: '512',
      invokedFunctionArn: arnOf('stack-describe'),
      awsRequestId: expect.stringMatching(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/),
      logGroupName: '/aws/lambda/stack-describe',
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][\da-f]{32}$/),
    });
    const { keys, remaining } = payload as { keys: string[]; remaining: number };
    expect(keys).not.toEqual(expect.arrayContaining(['done']));
    expect(keys).not.toEqual(expect.arrayContaining(['succeed']));
    expect(remaining).toBeGreaterThan(0);
    expect(remaining).toBeLessThanOrEqual(7000);
  });

  it('keeps its state between invocations in one execution environment', async () => {
    const { invoke, lines } = await open([fn('count', 'basics.count')]);
    await invoke('count');
    await invoke('count');
    expect((await invoke('count')).payload).toBe(3);
    expect(lines('platform').filter((line) => line.includes('Init Duration'))).toHaveLength(1);
  });
});

describe('environment variables', () => {
  it('contain the variables of the function and of Lambda, but not of this process', async () => {
    process.env.AWS_PROFILE = 'developer';
    process.env.LOCAL_SECRET = 'x';
    const environment = { TABLE: 'orders', NODE_OPTIONS: '--enable-source-maps' };
    const { invoke } = await open([fn('environment', 'basics.environment', { environment })]);
    const env = (await invoke('environment')).payload as Record<string, string>;
    delete process.env.AWS_PROFILE;
    delete process.env.LOCAL_SECRET;
    expect(env).toMatchObject({
      TABLE: 'orders',
      AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:1',
      AWS_LAMBDA_FUNCTION_NAME: 'stack-environment',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      _HANDLER: 'basics.environment',
    });
    expect(env).not.toHaveProperty('AWS_PROFILE');
    expect(env).not.toHaveProperty('LOCAL_SECRET');
    expect(env).not.toHaveProperty('HOME');
  });

  it.each([
    ['Active', undefined, /^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=1$/],
    ['PassThrough', undefined, /^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=0$/],
    ['Active', 'Root=1-5-a;Parent=b;Sampled=0', /^Root=1-5-a;Parent=b;Sampled=0$/],
    ['PassThrough', 'Root=1-5-a;Parent=b;Sampled=1', /^Root=1-5-a;Parent=[\da-f]{16};Sampled=1$/],
    ['Active', 'Self=1-9-c;Root=1-5-a', /^Root=1-5-a;Parent=[\da-f]{16};Sampled=1$/],
  ] as const)('contain the trace header (%s, %s)', async (tracing, header, expected) => {
    const { invoke } = await open([fn('environment', 'basics.environment', { tracing })]);
    const env = (await invoke('environment', {}, header)).payload as Record<string, string>;
    expect(env._X_AMZN_TRACE_ID).toMatch(expected);
  });

  it.each([
    [{ AWS_REGION: 'x' }, /function f: .*reserved keys: AWS_REGION/],
    // 4 KB for all variables: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    [{ A: 'x'.repeat(4_089) }, /function f: .*exceeded the 4KB limit. String measured: {"A":"x+"}/],
    [{ NODE_OPTIONS: '--inspect' }, /function f: NODE_OPTIONS --inspect is not supported/],
  ])('rejects %j', (environment, message) => {
    expect(() => createTestLambda([fn('f', 'basics.echo', { environment })])).toThrow(message);
  });
});

describe('Lambda logs', () => {
  it('assigns each line to the request ID of its invocation', async () => {
    const { invoke, entries } = await open([fn('speak', 'basics.speak')]);
    await invoke('speak', { word: 'first' });
    await invoke('speak', { word: 'second' });
    const ids = [...new Set(entries.map((e) => e.requestId))].filter(Boolean);
    expect(ids).toHaveLength(2);
    const linesOf = (id: string | undefined) =>
      entries.filter((e) => e.requestId === id && e.stream !== 'platform').map((e) => [e.stream, e.line]);
    const expected = (word: string) => [
      ['stdout', `${word} one`],
      ['stdout', `${word} two`],
      ['stderr', `${word} error`],
      ['stdout', `${word} console`],
      ['stdout', `${word} unfinished`],
    ];
    expect(linesOf(ids[0])).toEqual(expected('first'));
    expect(linesOf(ids[1])).toEqual(expected('second'));
  });

  it('includes the lines START, END and REPORT', async () => {
    const { invoke, lines, entries } = await open([fn('echo', 'basics.echo')]);
    await invoke('echo');
    const id = entries.find((e) => e.requestId)?.requestId;
    expect(lines('platform')).toEqual([
      `START RequestId: ${id} Version: $LATEST`,
      `END RequestId: ${id}`,
      expect.stringMatching(
        /^REPORT RequestId: \S+\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB\tInit Duration: [\d.]+ ms\tXRAY TraceId: \S+\tSegmentId: [\da-f]{16}\tSampled: true$/,
      ),
    ]);
  });
});
