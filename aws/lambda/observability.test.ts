import type { Context } from 'aws-lambda';
import { keepAliveAgents } from '../transport/keep-alive';
import {
  annotate,
  countRare,
  errorFields,
  instrument,
  logger,
  metrics,
  runInSubsegment,
  traceClient,
  traceHeader,
  tracer,
} from './observability';

const context = { functionName: 'send', awsRequestId: 'r' } as Context;

afterEach(() => {
  jest.restoreAllMocks();
  delete process.env._X_AMZN_TRACE_ID;
});

describe('traceHeader', () => {
  it.each([
    [true, undefined],
    [false, 'Root=1-5759e988-bd862e3fe1be46a994272793'],
  ])('with tracing set to %s, returns %s', (isEnabled, header) => {
    process.env._X_AMZN_TRACE_ID = 'Root=1-5759e988-bd862e3fe1be46a994272793';
    jest.spyOn(tracer, 'isTracingEnabled').mockReturnValue(isEnabled);
    expect(traceHeader()).toBe(header);
  });
});

describe('annotate', () => {
  it('adds all annotations', () => {
    const put = jest.spyOn(tracer, 'putAnnotation').mockImplementation();
    annotate({ room: 'lobby', seq: 7 });
    expect(put.mock.calls).toEqual([
      ['room', 'lobby'],
      ['seq', 7],
    ]);
  });
});

describe('traceClient', () => {
  it('traces the calls of the client, and returns the client', () => {
    const client = {};
    const capture = jest.spyOn(tracer, 'captureAWSv3Client');
    expect(traceClient(client)).toBe(client);
    expect(capture.mock.calls).toEqual([[client]]);
  });
});

describe('runInSubsegment', () => {
  const error = new Error('refused');

  it('runs the work without a subsegment if tracing is off', async () => {
    const capture = jest.spyOn(tracer.provider, 'captureAsyncFunc');
    expect(await runInSubsegment('Post batch', async () => 7)).toBe(7);
    await expect(runInSubsegment('Post batch', () => Promise.reject(error))).rejects.toBe(error);
    expect(capture).not.toHaveBeenCalled();
  });

  it.each([
    ['in a subsegment and closes the subsegment', { close: jest.fn() }],
    ['without a subsegment if no segment is open', undefined],
  ])('runs the work %s', async (_, subsegment) => {
    jest.spyOn(tracer, 'isTracingEnabled').mockReturnValue(true);
    const addError = jest.spyOn(tracer, 'addErrorAsMetadata').mockImplementation();
    const capture = jest.spyOn(tracer.provider, 'captureAsyncFunc');
    capture.mockImplementation((_name, work) => work(subsegment as never));
    expect(await runInSubsegment('Post batch', async () => 7)).toBe(7);
    expect(addError).not.toHaveBeenCalled();
    await expect(runInSubsegment('Post batch', () => Promise.reject(error))).rejects.toBe(error);
    expect(addError.mock.calls).toEqual([[error]]);
    expect(capture.mock.calls.map(([name]) => name)).toEqual(['Post batch', 'Post batch']);
    if (subsegment) expect(subsegment.close).toHaveBeenCalledTimes(2);
  });
});

describe('countRare', () => {
  it.each([
    [0, []],
    [1, [['Gone', 'Count', 1]]],
    [3, [['Gone', 'Count', 3]]],
  ])('given a count of %i, adds a metric unless the count is 0', (count, metricsAdded) => {
    const add = jest.spyOn(metrics, 'addMetric').mockImplementation();
    countRare('Gone', count);
    expect(add.mock.calls).toEqual(metricsAdded);
  });
});

describe('errorFields', () => {
  it('omits properties that may contain a message text', () => {
    const error = Object.assign(new TypeError('broken'), { item: { text: 'a secret' } });
    expect(errorFields(error)).toEqual({
      errorName: 'TypeError',
      errorMessage: 'broken',
      stack: expect.stringContaining('broken'),
    });
  });
});

describe('instrument', () => {
  const silence = () => [
    jest.spyOn(logger, 'error').mockImplementation(),
    jest.spyOn(metrics, 'publishStoredMetrics').mockImplementation(),
  ];

  it('passes the event and the context to the handler, and returns its result', async () => {
    silence();
    const handler = jest.fn(
      async (event: { n: number }, { functionName }: Context) => `${event.n} ${functionName}`,
    );
    expect(await instrument(handler)({ n: 7 }, context)).toBe('7 send');
  });

  it('closes idle connections and chooses the log level before the handler runs', async () => {
    silence();
    const steps: string[] = [];
    const idleSocket = { destroy: () => steps.push('close') };
    Object.assign(keepAliveAgents().httpAgent.freeSockets, { 'localhost:80': [idleSocket] });
    jest.spyOn(logger, 'refreshSampleRateCalculation').mockImplementation(() => {
      steps.push('sample');
    });
    await instrument(async () => steps.push('handle'))({}, context);
    expect(steps).toEqual(['close', 'sample', 'handle']);
  });

  it('runs the handler in a subsegment named after the function, with annotations', async () => {
    silence();
    process.env.POWERTOOLS_SERVICE_NAME = 'roomcast';
    const steps: unknown[] = [];
    await jest.isolateModulesAsync(async () => {
      const cold = await import('./observability');
      jest.spyOn(cold.tracer, 'isTracingEnabled').mockReturnValue(true);
      jest.spyOn(cold.tracer.provider, 'captureAsyncFunc').mockImplementation((name, work) => {
        steps.push(`open ${name}`);
        return work({ close: () => steps.push('close') } as never);
      });
      jest.spyOn(cold.tracer, 'putAnnotation').mockImplementation((key, value) => {
        steps.push([key, value]);
      });
      jest.spyOn(cold.metrics, 'captureColdStartMetric').mockImplementation();
      const handler = cold.instrument(async () => steps.push('handle'));
      await handler({}, context);
      await handler({}, context);
    });
    delete process.env.POWERTOOLS_SERVICE_NAME;
    const invocation = (isColdStart: boolean) => [
      'open ## send',
      ['ColdStart', isColdStart],
      ['Service', 'roomcast'],
      'handle',
      'close',
    ];
    expect(steps).toEqual([...invocation(true), ...invocation(false)]);
  });

  it('publishes the metrics of the invocation, even if it fails', async () => {
    const [, publish] = silence();
    jest.spyOn(metrics, 'captureColdStartMetric').mockImplementation();
    const stored = jest.spyOn(metrics, 'hasStoredMetrics').mockReturnValue(false);
    await instrument(async () => undefined)({}, context);
    expect(publish).not.toHaveBeenCalled();
    stored.mockReturnValue(true);
    await instrument(async () => undefined)({}, context);
    expect(publish).toHaveBeenCalledTimes(1);
    const failing = instrument(() => Promise.reject(new Error('broken')));
    await expect(failing({}, context)).rejects.toThrow('broken');
    expect(publish).toHaveBeenCalledTimes(2);
  });

  it('records a cold start under the name of the function', async () => {
    silence();
    const capture = jest.spyOn(metrics, 'captureColdStartMetric').mockImplementation();
    await instrument(async () => undefined)({}, context);
    expect(capture).toHaveBeenCalledWith('send');
  });

  it('resets the log keys of the invocation', async () => {
    silence();
    const reset = jest.spyOn(logger, 'resetKeys');
    await instrument(async () => undefined)({}, context);
    expect(reset).toHaveBeenCalledTimes(1);
  });
});
