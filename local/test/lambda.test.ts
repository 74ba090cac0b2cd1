import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLambda, type LambdaOptions, type LambdaService, type LogEntry } from '../src/lambda';
import type { FunctionModel } from '../src/model';

const root = join(__dirname, 'fixtures', 'lambda');
const region = 'eu-central-1';
const accountId = '123456789012';

function fn(name: string, handler: string, more: Partial<FunctionModel> = {}): FunctionModel {
  return {
    logicalId: name,
    name: `stack-${name}`,
    arn: `arn:aws:lambda:${region}:${accountId}:function:stack-${name}`,
    codeUri: root,
    handler,
    runtime: 'nodejs24.x',
    memoryMb: 256,
    timeoutSeconds: 20,
    environment: {},
    tracing: 'Active',
    ...more,
  };
}

let lambda: LambdaService;
let entries: LogEntry[];

async function open(functions: FunctionModel[], more: Partial<LambdaOptions> = {}): Promise<void> {
  entries = [];
  lambda = createLambda({
    functions,
    root,
    region,
    accountId,
    environment: () => ({ AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }),
    log: (entry) => entries.push(entry),
    ...more,
  });
  await lambda.build();
}

const invoke = (name: string, event: unknown = {}, traceHeader?: string) =>
  lambda.invoke(`arn:aws:lambda:${region}:${accountId}:function:stack-${name}`, event, { traceHeader });

const lines = (stream: LogEntry['stream']) => entries.filter((e) => e.stream === stream).map((e) => e.line);

afterEach(() => lambda?.close());

describe('Lambda: a handler that works', () => {
  test('gets the event and answers with its result', async () => {
    await open([fn('echo', 'basics.echo')]);
    expect(await invoke('echo', { room: 'a', n: [1, null, 'é'] })).toEqual({
      payload: { room: 'a', n: [1, null, 'é'] },
    });
  });

  test('answers null where it returns nothing', async () => {
    await open([fn('nothing', 'basics.nothing')]);
    expect(await invoke('nothing')).toEqual({ payload: null });
  });

  test('cannot be called before it is built', async () => {
    lambda = createLambda({
      functions: [fn('echo', 'basics.echo')],
      root,
      region,
      accountId,
      environment: () => ({}),
      log: () => {},
    });
    await expect(invoke('echo')).rejects.toThrow('function echo is to run before it is built');
  });

  test('is found by a nested export', async () => {
    await open([fn('nested', 'basics.nested.handler')]);
    expect(await invoke('nested')).toEqual({ payload: 'nested' });
  });

  test('has the context that nodejs24.x gives', async () => {
    await open([fn('describe', 'basics.describe', { memoryMb: 512, timeoutSeconds: 7 })]);
    const { payload } = await invoke('describe');
    expect(payload).toMatchObject({
      functionName: 'stack-describe',
      functionVersion: '$LATEST',
      memoryLimitInMB: '512',
      invokedFunctionArn: `arn:aws:lambda:${region}:${accountId}:function:stack-describe`,
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
    await open([fn('count', 'basics.count')]);
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
    await open([fn('environment', 'basics.environment', { environment })], {
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
    await open([fn('environment', 'basics.environment', { tracing })]);
    const env = (await invoke('environment', {}, header)).payload as Record<string, string>;
    expect(env._X_AMZN_TRACE_ID).toMatch(expected);
  });

  test.each([
    [{ AWS_REGION: 'x' }, /function f: .*reserved keys: AWS_REGION/],
    [{ NODE_OPTIONS: '--inspect' }, /function f: NODE_OPTIONS --inspect is not supported/],
  ])('is refused with %j', (environment, message) => {
    expect(() =>
      createLambda({
        functions: [fn('f', 'basics.echo', { environment })],
        root,
        region,
        accountId,
        environment: () => ({}),
        log: () => {},
      }),
    ).toThrow(message);
  });
});

describe('Lambda: logs', () => {
  test('come line by line with the request they belong to', async () => {
    await open([fn('speak', 'basics.speak')]);
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
    await open([fn('echo', 'basics.echo')]);
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

describe('Lambda: a handler that fails', () => {
  const fails = (name: string, more: Partial<FunctionModel> = {}) =>
    open([fn('f', `failures.${name}`, more)]);

  test('by an error is answered with it, and the trace points to the TypeScript source', async () => {
    await fails('throws');
    const { payload, functionError } = await invoke('f');
    expect(functionError).toBe('Unhandled');
    expect(payload).toMatchObject({ errorType: 'RoomFullError', errorMessage: 'no seat left' });
    expect((payload as { trace: string[] }).trace[1]).toContain('failures.ts:6:');
    expect(lines('stderr').join('\n')).toContain('RoomFullError: no seat left');
  });

  test('by something that is no Error', async () => {
    await fails('throwsText');
    expect((await invoke('f')).payload).toEqual({
      errorType: 'string',
      errorMessage: 'just text',
      trace: [],
    });
  });

  test.each([
    [1, 'Runtime exited with error: exit status 1'],
    [0, 'Runtime exited without providing a reason'],
  ])('by process.exit(%d), and the next invocation has a new environment', async (code, how) => {
    await fails('exits');
    for (const _ of [1, 2]) {
      const { payload, functionError } = await invoke('f', { code });
      expect(functionError).toBe('Unhandled');
      expect(payload).toEqual({
        errorType: 'Runtime.ExitError',
        errorMessage: expect.stringMatching(new RegExp(`^RequestId: [\\da-f-]{36} Error: ${how}$`)),
      });
    }
    expect(lines('stdout')).toEqual(['last words', 'last words']);
  });

  test.each(['spins', 'never'])('by taking too long (%s)', async (name) => {
    await fails(name, { timeoutSeconds: 1 });
    const { payload, functionError } = await invoke('f');
    expect(functionError).toBe('Unhandled');
    expect(payload).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(
        /^RequestId: [\da-f-]{36} Error: Task timed out after 1\.00 seconds$/,
      ),
    });
    expect(lines('platform').at(-1)).toContain('Status: timeout');
  });

  test('by a rejection that nobody handles', async () => {
    await fails('forgets');
    expect((await invoke('f')).payload).toMatchObject({
      errorType: 'Runtime.UnhandledPromiseRejection',
      errorMessage: 'RoomFullError: nobody listens',
    });
  });

  test('by an exception outside of the handler', async () => {
    await fails('later');
    expect((await invoke('f')).payload).toMatchObject({
      errorType: 'RoomFullError',
      errorMessage: 'from a timer',
    });
    expect((await invoke('f')).payload).toMatchObject({ errorType: 'RoomFullError' });
  });

  test('by a result that is not JSON', async () => {
    await fails('circular');
    expect((await invoke('f')).payload).toMatchObject({ errorType: 'Runtime.JSONStringifyError' });
  });

  test('by a callback, which nodejs24.x refuses', async () => {
    await fails('callback');
    expect((await invoke('f')).payload).toMatchObject({ errorType: 'Runtime.CallbackHandlerDeprecated' });
  });

  test('by a callback on an older runtime, which is refused by name', async () => {
    await fails('callback', { runtime: 'nodejs22.x' });
    expect((await invoke('f')).payload).toMatchObject({ errorType: 'UnsupportedError' });
  });

  test('by using up its memory', async () => {
    await fails('fills', { memoryMb: 128 });
    expect((await invoke('f')).payload).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('Runtime exited with error: signal: killed'),
    });
  });

  test.each([
    ['broken-init.handler', 'TypeError', 'no configuration'],
    ['missing-import.handler', 'Runtime.ImportModuleError', "Cannot find module 'a-package-nobody-has'"],
    ['exits-init.handler', 'Runtime.ExitError', 'exit status 3'],
    ['basics.missing', 'Runtime.HandlerNotFound', 'basics.missing is undefined or not exported'],
    ['basics.notAFunction', 'Runtime.HandlerNotFound', 'basics.notAFunction is not a function'],
  ])('while it loads (%s)', async (handler, errorType, message) => {
    await open([fn('f', handler)]);
    for (const _ of [1, 2]) {
      const { payload, functionError } = await invoke('f');
      expect(functionError).toBe('Unhandled');
      expect(payload).toMatchObject({ errorType, errorMessage: expect.stringContaining(message) });
    }
  });
});

describe('Lambda: concurrency', () => {
  const streams = async (invocations: number) => {
    const results = Array.from({ length: invocations }, () => invoke('wait', { millis: 30 }));
    return new Set((await Promise.all(results)).map(({ payload }) => payload)).size;
  };

  test('grows up to the limit, and what is over it waits', async () => {
    await open([fn('wait', 'basics.wait')], { maxConcurrencyPerFunction: 3 });
    expect(await streams(12)).toBe(3);
  });

  test('is what ReservedConcurrentExecutions says: more are throttled until one has ended', async () => {
    await open([fn('wait', 'basics.wait', { reservedConcurrency: 2 })], { maxConcurrencyPerFunction: 3 });
    const throttled = { code: 'TooManyRequestsException', status: 429 };
    const running = [invoke('wait', { millis: 20 }), invoke('wait', { millis: 20 })];
    await expect(invoke('wait')).rejects.toMatchObject(throttled);
    const action = { FunctionName: 'stack-wait', Payload: {} };
    await expect(lambda.call('Invoke', action, {})).rejects.toMatchObject(throttled);
    await Promise.race(running);
    expect((await invoke('wait', { millis: 1 })).functionError).toBeUndefined();
    await Promise.all(running);
  });

  test('of zero throttles', async () => {
    await open([fn('wait', 'basics.wait', { reservedConcurrency: 0 })]);
    await expect(invoke('wait')).rejects.toMatchObject({ code: 'TooManyRequestsException', status: 429 });
  });

  test('close ends what still runs', async () => {
    await open([fn('never', 'failures.never')], { maxConcurrencyPerFunction: 1 });
    const results = [invoke('never'), invoke('never')];
    await lambda.close();
    for (const { functionError } of await Promise.all(results)) expect(functionError).toBe('Unhandled');
    expect(lines('platform').filter((line) => line.includes('exited'))).toEqual([]);
  });
});

describe('Lambda: the Invoke API', () => {
  const call = (input: Record<string, unknown>) => lambda.call('Invoke', input, {});

  test.each([
    'stack-echo',
    'stack-echo:$LATEST',
    `${accountId}:function:stack-echo`,
    'function:stack-echo',
    `arn:aws:lambda:${region}:${accountId}:function:stack-echo`,
  ])('finds a function by %s', async (FunctionName) => {
    await open([fn('echo', 'basics.echo')]);
    expect(await call({ FunctionName, Payload: { a: 1 } })).toEqual({
      StatusCode: 200,
      Payload: { a: 1 },
      ExecutedVersion: '$LATEST',
    });
  });

  test.each(['stack-none', 'stack-echo:3', 'arn:aws:lambda:us-east-1:123456789012:function:stack-echo'])(
    'does not find %s',
    async (FunctionName) => {
      await open([fn('echo', 'basics.echo')]);
      await expect(call({ FunctionName })).rejects.toMatchObject({
        code: 'ResourceNotFoundException',
        status: 404,
      });
    },
  );

  test('tells a failure by FunctionError', async () => {
    await open([fn('f', 'failures.throws')]);
    expect(await call({ FunctionName: 'stack-f' })).toMatchObject({
      StatusCode: 200,
      FunctionError: 'Unhandled',
      Payload: { errorType: 'RoomFullError' },
    });
  });

  test('limits requests and responses to six megabytes', async () => {
    await open([fn('large', 'basics.large'), fn('echo', 'basics.echo')]);
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

  test('refuses by name what it does not do', async () => {
    await open([fn('echo', 'basics.echo')]);
    await expect(call({ FunctionName: 'stack-echo', LogType: 'Tail' })).rejects.toThrow('LogType Tail');
    await expect(lambda.call('CreateFunction', {}, {})).rejects.toThrow('CreateFunction');
  });

  test('an asynchronous invocation is answered at once and tried three times with one request id', async () => {
    let dropped: () => void = () => {};
    const done = new Promise<void>((resolve) => {
      dropped = resolve;
    });
    await open([fn('f', 'failures.throws')], {
      asyncRetryDelays: [1, 1],
      log: (entry) => {
        entries.push(entry);
        if (entry.line.includes('is dropped')) dropped();
      },
    });
    expect(await call({ FunctionName: 'stack-f', InvocationType: 'Event' })).toEqual({ StatusCode: 202 });
    await done;
    const starts = lines('platform').filter((line) => line.startsWith('START'));
    expect(starts).toHaveLength(3);
    expect(new Set(starts).size).toBe(1);
  });

  test('lists and describes functions', async () => {
    await open([fn('echo', 'basics.echo')]);
    const { Functions } = await lambda.call('ListFunctions', {}, {});
    expect(Functions).toEqual([
      expect.objectContaining({ FunctionName: 'stack-echo', Runtime: 'nodejs24.x' }),
    ]);
    expect(await lambda.call('GetFunction', { FunctionName: 'stack-echo' }, {})).toMatchObject({
      Configuration: { Handler: 'basics.echo' },
    });
  });
});

describe('Lambda: bundling', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lambda-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const openFolder = (functions: FunctionModel[], more: Partial<LambdaOptions> = {}) =>
    open(
      functions.map((model) => ({ ...model, codeUri: folder })),
      { root: folder, ...more },
    );

  test('names the functions at fault', async () => {
    write('shared.ts', 'export const x = ;');
    write('a.ts', "export { x as handler } from './shared';");
    write('b.ts', "export { x as handler } from './shared';");
    write('c.ts', 'export const handler = async () => 1;');
    const failing = openFolder([fn('A', 'a.handler'), fn('B', 'b.handler'), fn('C', 'c.handler')]);
    await expect(failing).rejects.toThrow(/function A, B: shared\.ts:1:18: Unexpected ";"/);
  });

  test('names a function without a source', async () => {
    await expect(openFolder([fn('A', 'lost/a.handler')])).rejects.toThrow(
      /function A: no source for handler/,
    );
  });

  test('reads esbuild.json, and refuses in it what it does not understand', async () => {
    write('a.ts', 'export const handler = async () => MODE;');
    write('esbuild.json', JSON.stringify({ define: { MODE: '"test"' }, target: 'node99' }));
    await openFolder([fn('A', 'a.handler')]);
    expect((await invoke('A')).payload).toBe('test');
    await lambda.close();
    write('esbuild.json', JSON.stringify({ splitting: true }));
    await expect(openFolder([fn('A', 'a.handler')])).rejects.toThrow(
      'the setting splitting is not supported',
    );
  });

  test('loads ES modules, and packages left out of the bundle', async () => {
    const packages = join(folder, 'node_modules', 'outside');
    mkdirSync(packages, { recursive: true });
    writeFileSync(join(packages, 'package.json'), '{"name":"outside","exports":"./index.mjs"}');
    writeFileSync(join(packages, 'index.mjs'), 'export default 7;');
    write(
      'a.ts',
      "import seven from 'outside';\nconst value = await seven;\nexport const handler = async () => value;",
    );
    await openFolder([fn('A', 'a.handler')], {
      bundleSettings: { format: 'esm', external: ['outside'], target: 'es2022' },
    });
    expect(await invoke('A')).toEqual({ payload: 7 });
  });

  test('rebuild runs the new code once it is there, and a failed one keeps the old', async () => {
    write('a.ts', 'export const handler = async () => 1;');
    await openFolder([fn('A', 'a.handler')]);
    expect((await invoke('A')).payload).toBe(1);
    write('a.ts', 'export const handler = async () => 2;');
    await lambda.rebuild();
    expect((await invoke('A')).payload).toBe(2);
    write('a.ts', 'export const handler = ;');
    await expect(lambda.rebuild()).rejects.toThrow('function A');
    expect((await invoke('A')).payload).toBe(2);
  });

  test('close deletes the bundles', async () => {
    const bundles = () => readdirSync(tmpdir()).filter((name) => name.startsWith('sam-local-'));
    const before = bundles();
    await open([fn('echo', 'basics.echo')]);
    const made = bundles().filter((name) => !before.includes(name));
    expect(made.length).toBeGreaterThan(0);
    await lambda.close();
    // Other tests may run beside this one: of the folders made since, those that are ours are gone.
    expect(made.some((name) => !existsSync(join(tmpdir(), name)))).toBe(true);
  });
});
