import { AwsError, type CallContext } from '../src/core/service';
import { createEvents } from '../src/events';
import type { FunctionModel } from '../src/lambda/model';
import { createExecutionSegment, type ExecutionRecord } from '../src/states';
import { parseTraceHeader } from '../src/traces/header';
import type { Segment, Subsegment } from '../src/traces/segment';
import { arnOf, createTestLambda, functionModel } from './support/lambda';
import { harness, invoke, model } from './support/states';

/** Tests the segments that emulated services record, and the trace headers that they forward. */

const SAMPLED = 'Root=1-5-a;Parent=cccccccccccccccc;Sampled=1';
const ID = expect.stringMatching(/^[\da-f]{16}$/);
const arn = arnOf('f');

function lambdaOf(handler: string, segments: Segment[], more: Partial<FunctionModel> = {}) {
  return createTestLambda([functionModel({ handler, ...more })], {
    asyncRetryDelays: [0],
    segments: (segment) => segments.push(segment),
  });
}

describe('Lambda', () => {
  it('records a request segment and a function segment, and makes Invocation the parent of handler segments', async () => {
    const segments: Segment[] = [];
    const lambda = lambdaOf('basics.environment', segments);
    await lambda.build();
    const { payload } = await lambda.invoke(arn, {}, { traceHeader: SAMPLED });
    await lambda.close();
    const [fn, service] = segments;
    expect(service).toMatchObject({
      trace_id: '1-5-a',
      parent_id: 'cccccccccccccccc',
      name: 'f',
      origin: 'AWS::Lambda',
      http: { response: { status: 200 } },
      aws: { request_id: expect.any(String) },
    });
    expect(fn).toMatchObject({
      trace_id: '1-5-a',
      parent_id: service?.id,
      name: 'f',
      origin: 'AWS::Lambda::Function',
      subsegments: [
        { id: ID, name: 'Initialization' },
        { id: ID, name: 'Invocation' },
      ],
    });
    const { _X_AMZN_TRACE_ID } = payload as Record<string, string>;
    expect(parseTraceHeader(_X_AMZN_TRACE_ID)?.parent).toBe(fn?.subsegments?.[1]?.id);
  });

  it('omits an initialization before the request from the trace, but reports its duration', async () => {
    const segments: Segment[] = [];
    const lines: string[] = [];
    const model = functionModel({ handler: 'basics.environment' });
    const lambda = createTestLambda([model], {
      segments: (segment) => segments.push(segment),
      log: ({ line }) => lines.push(line),
    });
    await lambda.build();
    await lambda.warm([model]);
    expect([segments, lines]).toEqual([[], []]);
    await lambda.invoke(arn, {}, { traceHeader: SAMPLED });
    await lambda.invoke(arn, {}, { traceHeader: SAMPLED });
    await lambda.close();
    expect(segments[0]?.subsegments).toMatchObject([{ name: 'Invocation' }]);
    const reports = lines.filter((line) => line.startsWith('REPORT'));
    expect(reports.map((line) => line.includes('Init Duration'))).toEqual([true, false]);
  });

  it('marks failures, and records all attempts of an asynchronous request in one segment', async () => {
    const segments: Segment[] = [];
    const lambda = lambdaOf('failures.throws', segments, {
      asyncInvoke: { maximumEventAgeSeconds: 60, maximumRetryAttempts: 1 },
    });
    await lambda.build();
    await lambda.call('Invoke', { FunctionName: 'f', InvocationType: 'Event' }, { traceHeader: SAMPLED });
    while (segments.length < 4) await new Promise((next) => setTimeout(next, 5));
    await lambda.close();
    const services = segments.filter(({ origin }) => origin === 'AWS::Lambda');
    const functions = segments.filter(({ origin }) => origin === 'AWS::Lambda::Function');
    expect(services.map(({ id }) => id)).toEqual([services[0]?.id, services[0]?.id]);
    expect(services[1]).toMatchObject({ fault: true, http: { response: { status: 202 } } });
    const attempts = services[1]?.subsegments ?? [];
    expect(attempts.map(({ name }) => name)).toEqual(['Dwell Time', 'Attempt #1', 'Attempt #2']);
    expect(functions.map(({ parent_id }) => parent_id)).toEqual(attempts.slice(1).map(({ id }) => id));
  });

  it('records nothing for a request that is not sampled', async () => {
    const segments: Segment[] = [];
    const lambda = lambdaOf('basics.echo', segments, { tracing: 'PassThrough' });
    await lambda.build();
    await lambda.invoke(arn, {});
    await lambda.invoke(arn, {}, { traceHeader: 'Root=1-5-a;Sampled=0' });
    await lambda.close();
    expect(segments).toEqual([]);
  });
});

describe('EventBridge', () => {
  function eventsOf(segments: Segment[], deliver: (context: CallContext) => void) {
    const busArn = 'arn:aws:events:eu-central-1:123456789012:event-bus/bus';
    return createEvents({
      buses: [{ logicalId: 'Bus', name: 'bus', arn: busArn }],
      rules: [
        {
          logicalId: 'Rule',
          name: 'rule',
          arn: 'rule-arn',
          eventBusName: 'bus',
          pattern: { source: ['app'] },
          enabled: true,
          targets: [{ id: 't', arn, maximumEventAgeSeconds: 60, maximumRetryAttempts: 1 }],
        },
      ],
      region: 'eu-central-1',
      accountId: '123456789012',
      deliver: async (_arn, _event, context) => deliver(context),
      deadLetter: async () => undefined,
      sleep: async () => undefined,
      segments: (segment) => segments.push(segment),
    });
  }
  const Entries = [{ EventBusName: 'bus', Source: 'app', DetailType: 'd', Detail: '{}' }];

  it('records each delivery as the parent of the target', async () => {
    const segments: Segment[] = [];
    const contexts: CallContext[] = [];
    const events = eventsOf(segments, (context) => contexts.push(context));
    await events.call('PutEvents', { Entries }, { traceHeader: SAMPLED });
    await events.idle();
    const expectedFields = { event_bus: 'bus', rule_arn: 'rule-arn', target_arn: arn, retries: 0 };
    expect(segments).toEqual([
      expect.objectContaining({
        trace_id: '1-5-a',
        parent_id: 'cccccccccccccccc',
        name: 'Events',
        origin: 'AWS::Events',
        aws: expect.objectContaining(expectedFields),
      }),
    ]);
    expect(contexts).toEqual([{ traceHeader: `Root=1-5-a;Parent=${segments[0]?.id};Sampled=1` }]);
  });

  it('marks a failed delivery', async () => {
    const segments: Segment[] = [];
    const events = eventsOf(segments, () => {
      throw new AwsError('ServiceUnavailable', 'Service unavailable', 503);
    });
    await events.call('PutEvents', { Entries }, { traceHeader: SAMPLED });
    await events.idle();
    expect(segments).toEqual([
      expect.objectContaining({ fault: true, aws: expect.objectContaining({ retries: 1 }) }),
    ]);
  });

  it('records nothing for an event without a trace', async () => {
    const segments: Segment[] = [];
    const contexts: CallContext[] = [];
    const events = eventsOf(segments, (context) => contexts.push(context));
    await events.call('PutEvents', { Entries }, {});
    await events.idle();
    expect([segments, contexts]).toEqual([[], [{}]]);
  });
});

describe('Step Functions', () => {
  const definition = {
    StartAt: 'Each',
    States: {
      Each: {
        Type: 'Map',
        Items: '{% [1, 2] %}',
        ItemProcessor: { StartAt: 'Call', States: { Call: invoke({ End: true }) } },
        Next: 'Done',
      },
      Done: { Type: 'Succeed' },
    },
  };
  const names = ({ name, subsegments = [] }: Subsegment): unknown => [name, subsegments.map(names)];

  async function run(traceHeader: string, stateMachine = model(definition)) {
    const { states, time, calls, records } = harness(definition, () => ({ StatusCode: 200, Payload: 1 }), {
      stateMachines: [stateMachine],
    });
    await states.call('StartExecution', { stateMachineArn: stateMachine.arn }, { traceHeader });
    await time.until(states.idle());
    return { record: records[0] as ExecutionRecord, calls };
  }

  it('records an execution with its states, and the service calls as parents of the called services', async () => {
    const { record, calls } = await run(SAMPLED);
    const segment = createExecutionSegment(record);
    expect(segment).toMatchObject({
      trace_id: '1-5-a',
      parent_id: 'cccccccccccccccc',
      name: 'machine',
      origin: 'AWS::StepFunctions::StateMachine',
      aws: { execution_arn: record.executionArn, status: 'SUCCEEDED' },
    });
    const call = ['Call', [['Lambda', []]]];
    expect(segment?.subsegments?.map(names)).toEqual([
      ['Each', [call, call]],
      ['Done', []],
    ]);
    const serviceCalls =
      segment?.subsegments?.[0]?.subsegments?.flatMap(({ subsegments = [] }) => subsegments) ?? [];
    expect(serviceCalls).toEqual([
      expect.objectContaining({ namespace: 'aws', aws: { operation: 'Invoke', function_name: 'fn' } }),
      expect.objectContaining({ namespace: 'aws', aws: { operation: 'Invoke', function_name: 'fn' } }),
    ]);
    expect(calls.map(({ context }) => parseTraceHeader(context.traceHeader)?.parent)).toEqual(
      serviceCalls.map(({ id }) => id),
    );
  });

  it('records the input and output of each state', async () => {
    const { record } = await run(SAMPLED);
    expect(record.transitions.map(({ name, path, input, output }) => [path + name, input, output])).toEqual([
      ['Each', {}, [1, 1]],
      ['Each[0]/Call', 1, 1],
      ['Each[1]/Call', 2, 1],
      ['Done', [1, 1], [1, 1]],
    ]);
  });

  it.each([
    ['is not sampled', 'Root=1-5-a;Parent=b;Sampled=0', model(definition)],
    ['has tracing off', SAMPLED, { ...model(definition), tracing: false }],
  ])(
    'records nothing for an execution that %s, but forwards the trace header',
    async (_, header, stateMachine) => {
      const { record, calls } = await run(header, stateMachine);
      expect(createExecutionSegment(record)).toBeUndefined();
      expect(calls.map(({ context }) => context.traceHeader)).toEqual([header, header]);
    },
  );
});
