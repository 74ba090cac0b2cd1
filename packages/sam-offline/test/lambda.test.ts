import { arnOf, fn, lambdaOpener, lambdaWith, region } from './support/lambda';

const open = lambdaOpener();

describe('Lambda: a handler that works', () => {
  test('gets the event and answers with its result', async () => {
    const { invoke } = await open([fn('echo', 'basics.echo')]);
    expect(await invoke('echo', { room: 'a', n: [1, null, 'é'] })).toEqual({
      payload: { room: 'a', n: [1, null, 'é'] },
    });
  });

  test('answers null where it returns nothing', async () => {
    const { invoke } = await open([fn('nothing', 'basics.nothing')]);
    expect(await invoke('nothing')).toEqual({ payload: null });
  });

  test('cannot be called before it is built', async () => {
    const lambda = lambdaWith([fn('echo', 'basics.echo')]);
    await expect(lambda.invoke(arnOf('stack-echo'), {}, {})).rejects.toThrow(
      'function echo is to run before it is built',
    );
  });

  test('is found by a nested export', async () => {
    const { invoke } = await open([fn('nested', 'basics.nested.handler')]);
    expect(await invoke('nested')).toEqual({ payload: 'nested' });
  });

  test('has the context that nodejs24.x gives', async () => {
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

  test('keeps its state between invocations, one execution environment being reused', async () => {
    const { invoke, lines } = await open([fn('count', 'basics.count')]);
    await invoke('count');
    await invoke('count');
    expect((await invoke('count')).payload).toBe(3);
    expect(lines('platform').filter((line) => line.includes('Init Duration'))).toHaveLength(1);
  });
});

describe('Lambda: the environment', () => {
  test("is the function's own and Lambda's, and nothing of the developer's", async () => {
    process.env.AWS_PROFILE = 'developer';
    process.env.A_SECRET_OF_THE_DEVELOPER = 'x';
    const environment = { TABLE: 'http://old/table', NODE_OPTIONS: '--enable-source-maps' };
    const { invoke } = await open([fn('environment', 'basics.environment', { environment })], {
      rewriteEnvironment: (value) => value.replace('http://old', 'http://new'),
    });
    const env = (await invoke('environment')).payload as Record<string, string>;
    delete process.env.AWS_PROFILE;
    delete process.env.A_SECRET_OF_THE_DEVELOPER;
    expect(env).toMatchObject({
      TABLE: 'http://new/table',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
      AWS_LAMBDA_FUNCTION_NAME: 'stack-environment',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      _HANDLER: 'basics.environment',
    });
    expect(env).not.toHaveProperty('AWS_PROFILE');
    expect(env).not.toHaveProperty('A_SECRET_OF_THE_DEVELOPER');
    expect(env).not.toHaveProperty('HOME');
  });

  test.each([
    ['Active', undefined, /^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=1$/],
    ['PassThrough', undefined, /^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=0$/],
    ['Active', 'Root=1-5-a;Parent=b;Sampled=0', /^Root=1-5-a;Parent=b;Sampled=0$/],
    ['PassThrough', 'Root=1-5-a;Parent=b;Sampled=1', /^Root=1-5-a;Parent=[\da-f]{16};Sampled=1$/],
    ['Active', 'Self=1-9-c;Root=1-5-a', /^Root=1-5-a;Parent=[\da-f]{16};Sampled=1$/],
  ] as const)('carries the trace header (%s, %s)', async (tracing, header, expected) => {
    const { invoke } = await open([fn('environment', 'basics.environment', { tracing })]);
    const env = (await invoke('environment', {}, header)).payload as Record<string, string>;
    expect(env._X_AMZN_TRACE_ID).toMatch(expected);
  });

  test.each([
    [{ AWS_REGION: 'x' }, /function f: .*reserved keys: AWS_REGION/],
    [{ NODE_OPTIONS: '--inspect' }, /function f: NODE_OPTIONS --inspect is not supported/],
  ])('is refused with %j', (environment, message) => {
    expect(() => lambdaWith([fn('f', 'basics.echo', { environment })])).toThrow(message);
  });
});

describe('Lambda: logs', () => {
  test('come line by line with the request they belong to', async () => {
    const { invoke, entries } = await open([fn('speak', 'basics.speak')]);
    await invoke('speak', { word: 'first' });
    await invoke('speak', { word: 'second' });
    const ids = [...new Set(entries.map((e) => e.requestId))].filter(Boolean);
    expect(ids).toHaveLength(2);
    const of = (id: string | undefined) =>
      entries.filter((e) => e.requestId === id && e.stream !== 'platform').map((e) => [e.stream, e.line]);
    const expected = (word: string) => [
      ['stdout', `${word} one`],
      ['stdout', `${word} two`],
      ['stderr', `${word} error`],
      ['stdout', `${word} own`],
      ['stdout', `${word} unfinished`],
    ];
    expect(of(ids[0])).toEqual(expected('first'));
    expect(of(ids[1])).toEqual(expected('second'));
  });

  test('are framed by START, END and REPORT', async () => {
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
