import type { Context } from 'aws-lambda';
import { keepAliveAgents } from '../../functions/aws/keep-alive';
import {
  annotate,
  errorFields,
  instrument,
  logger,
  metrics,
  traceHeader,
  tracer,
  withSubsegment,
} from '../../functions/handlers/observability';

const context = { functionName: 'send', awsRequestId: 'r' } as Context;

/** Records what a traced invocation does with its segments. */
function traceInMemory() {
  const events: string[] = [];
  const createSegment = (name: string): object => ({
    name,
    addNewSubsegment: (child: string) => {
      events.push(`open ${child} in ${name}`);
      return createSegment(child);
    },
    close: () => events.push(`close ${name}`),
  });
  let current = createSegment('invocation') as { name: string };
  jest.spyOn(tracer, 'isTracingEnabled').mockReturnValue(true);
  jest.spyOn(tracer, 'getSegment').mockImplementation(() => current as never);
  jest.spyOn(tracer, 'setSegment').mockImplementation((segment) => {
    current = segment as never;
    events.push(`enter ${current.name}`);
  });
  jest.spyOn(tracer, 'addErrorAsMetadata').mockImplementation((error) => {
    events.push(`error ${error.message} in ${current.name}`);
  });
  return events;
}

afterEach(() => {
  jest.restoreAllMocks();
  delete process.env._X_AMZN_TRACE_ID;
});

describe('withSubsegment', () => {
  it('runs the work in a subsegment, and returns to the segment', async () => {
    const events = traceInMemory();
    const result = await withSubsegment('Post batch', async () => {
      events.push('work');
      return 7;
    });
    expect(result).toBe(7);
    expect(events).toEqual([
      'open Post batch in invocation',
      'enter Post batch',
      'work',
      'close Post batch',
      'enter invocation',
    ]);
  });

  it('records an error in the subsegment, and throws it', async () => {
    const events = traceInMemory();
    const error = new Error('refused');
    await expect(withSubsegment('Post batch', () => Promise.reject(error))).rejects.toBe(error);
    expect(events.slice(2)).toEqual(['error refused in Post batch', 'close Post batch', 'enter invocation']);
  });

  it('only runs the work if tracing is off', async () => {
    const getSegment = jest.spyOn(tracer, 'getSegment');
    const setSegment = jest.spyOn(tracer, 'setSegment');
    jest.spyOn(tracer, 'isTracingEnabled').mockReturnValue(false);
    expect(await withSubsegment('Post batch', async () => 7)).toBe(7);
    expect([getSegment, setSegment].map(({ mock }) => mock.calls)).toEqual([[], []]);
  });

  it('runs the work without a subsegment if no segment is open', async () => {
    const setSegment = jest.spyOn(tracer, 'setSegment');
    jest.spyOn(tracer, 'isTracingEnabled').mockReturnValue(true);
    jest.spyOn(tracer, 'getSegment').mockReturnValue(undefined);
    expect(await withSubsegment('Post batch', async () => 7)).toBe(7);
    expect(setSegment).not.toHaveBeenCalled();
  });
});

describe('traceHeader', () => {
  it.each([
    [true, undefined],
    [false, 'Root=1-5759e988-bd862e3fe1be46a994272793'],
  ])('with tracing: %s returns %s', (isEnabled, header) => {
    process.env._X_AMZN_TRACE_ID = 'Root=1-5759e988-bd862e3fe1be46a994272793';
    jest.spyOn(tracer, 'isTracingEnabled').mockReturnValue(isEnabled);
    expect(traceHeader()).toBe(header);
  });
});

describe('annotate', () => {
  it('adds each annotation', () => {
    const put = jest.spyOn(tracer, 'putAnnotation').mockImplementation();
    annotate({ room: 'lobby', seq: 7 });
    expect(put.mock.calls).toEqual([
      ['room', 'lobby'],
      ['seq', 7],
    ]);
  });
});

describe('errorFields', () => {
  it('leaves out properties that may contain a message text', () => {
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

  it('closes idle connections and decides about debug logs before the handler runs', async () => {
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

  it('runs the handler in a subsegment named after the function, with annotations of the invocation', async () => {
    silence();
    const events = traceInMemory();
    const annotations = [
      jest.spyOn(tracer, 'annotateColdStart'),
      jest.spyOn(tracer, 'addServiceNameAnnotation'),
    ];
    for (const spy of annotations) spy.mockImplementation();
    await instrument(async () => undefined)({}, context);
    expect(events[0]).toBe('open ## send in invocation');
    for (const spy of annotations) expect(spy).toHaveBeenCalledTimes(1);
  });

  it('publishes the metrics of the invocation, also if it fails', async () => {
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
