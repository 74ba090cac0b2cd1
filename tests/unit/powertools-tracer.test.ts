import { Tracer } from '@aws-lambda-powertools/tracer';
import { createTracer } from '../../functions/tracing/powertools';

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
  const tracer = new Tracer();
  jest.spyOn(tracer, 'isTracingEnabled').mockReturnValue(true);
  jest.spyOn(tracer, 'getSegment').mockImplementation(() => current as never);
  jest.spyOn(tracer, 'setSegment').mockImplementation((segment) => {
    current = segment as never;
    events.push(`enter ${current.name}`);
  });
  jest.spyOn(tracer, 'addErrorAsMetadata').mockImplementation((error) => {
    events.push(`error ${error.message} in ${current.name}`);
  });
  jest.spyOn(tracer, 'putAnnotation').mockImplementation((key, value) => {
    events.push(`${key}=${value} in ${current.name}`);
  });
  return { events, powertools: tracer, tracer: createTracer(tracer) };
}

it('runs work in a subsegment, and returns to the segment', async () => {
  const { events, tracer } = traceInMemory();
  const result = await tracer.runInSubsegment('Post batch', async () => {
    tracer.annotate('seq', 7);
    return 7;
  });
  expect(result).toBe(7);
  expect(events).toEqual([
    'open Post batch in invocation',
    'enter Post batch',
    'seq=7 in Post batch',
    'close Post batch',
    'enter invocation',
  ]);
});

it('records an error in the subsegment, and throws it', async () => {
  const { events, tracer } = traceInMemory();
  const error = new Error('refused');
  await expect(tracer.runInSubsegment('Post batch', () => Promise.reject(error))).rejects.toBe(error);
  expect(events.slice(2)).toEqual(['error refused in Post batch', 'close Post batch', 'enter invocation']);
  tracer.addError(new Error('later'));
  expect(events.at(-1)).toBe('error later in invocation');
});

it('only runs the work if tracing is off', async () => {
  const { powertools, tracer } = traceInMemory();
  jest.mocked(powertools.isTracingEnabled).mockReturnValue(false);
  expect(tracer.isEnabled()).toBe(false);
  expect(await tracer.runInSubsegment('Post batch', async () => 7)).toBe(7);
  expect(powertools.getSegment).not.toHaveBeenCalled();
  expect(powertools.setSegment).not.toHaveBeenCalled();
});

it('runs the work without a subsegment if no segment is open', async () => {
  const { powertools, tracer } = traceInMemory();
  jest.mocked(powertools.getSegment).mockReturnValue(undefined);
  expect(await tracer.runInSubsegment('Post batch', async () => 7)).toBe(7);
  expect(powertools.setSegment).not.toHaveBeenCalled();
});

it('captures the calls of a client', () => {
  const { powertools, tracer } = traceInMemory();
  const client = {};
  jest.spyOn(powertools, 'captureAWSv3Client').mockImplementation((captured) => captured);
  expect(tracer.captureClient(client)).toBe(client);
  expect(powertools.captureAWSv3Client).toHaveBeenCalledWith(client);
});
