import { ApiMetrics } from '../src/api-gateway/api-metrics';
import { AwsError } from '../src/core/service';
import { createEvents } from '../src/events';
import type { RuleModel, TargetModel } from '../src/events/model';
import { MetricStore } from '../src/records/metric-store';
import { createSqs } from '../src/sqs';
import { harness, only } from './support/states';

const region = 'eu-west-1';
const accountId = '123456789012';

/** Creates a metric store. `sums` returns the sum of each metric by name. */
function createStore() {
  const store = new MetricStore();
  return {
    openMetric: store.open.bind(store),
    list: () => store.list(),
    sums: () => Object.fromEntries(store.list().map(({ name, sum }) => [name, sum])),
  };
}

describe('metrics of Step Functions', () => {
  it.each([
    [{ Type: 'Succeed' }, { ExecutionsSucceeded: 1, ExecutionTime: 0 }],
    [
      { Type: 'Fail', Error: 'No' },
      { ExecutionsFailed: 1, ExecutionTime: 0 },
    ],
    [
      { Type: 'Wait', Seconds: 400 },
      { ExecutionsTimedOut: 1, ExecutionTime: 300_000 },
    ],
  ])('counts an execution with %p', async (state, expected) => {
    const { openMetric, list, sums } = createStore();
    await harness(only(state), undefined, { openMetric }).run();
    expect(sums()).toEqual({ ExecutionsStarted: 1, ...expected });
    for (const { namespace, dimensions } of list()) {
      expect(namespace).toBe('AWS/States');
      expect(dimensions).toEqual({
        StateMachineArn: 'arn:aws:states:eu-west-1:123456789012:stateMachine:machine',
      });
    }
  });
});

describe('metrics of EventBridge', () => {
  const rule: RuleModel = {
    logicalId: 'Rule',
    name: 'rule',
    arn: `arn:aws:events:${region}:${accountId}:rule/bus/rule`,
    eventBusName: 'bus',
    pattern: { source: ['app'] },
    enabled: true,
    targets: [
      {
        id: 't',
        arn: `arn:aws:lambda:${region}:${accountId}:function:f`,
        maximumEventAgeSeconds: 60,
        maximumRetryAttempts: 2,
      },
    ],
  };

  /** Delivers one event to a target. The target returns the given errors and then succeeds. */
  async function deliver(more: Partial<RuleModel>, errors: AwsError[], deadLetter = async () => {}) {
    const { openMetric, list, sums } = createStore();
    const arn = `arn:aws:events:${region}:${accountId}:event-bus/bus`;
    const events = createEvents({
      buses: [{ logicalId: 'Bus', name: 'bus', arn }],
      rules: [{ ...rule, ...more }],
      region,
      accountId,
      deliver: async () => {
        const error = errors.shift();
        if (error) throw error;
      },
      deadLetter,
      sleep: async () => undefined,
      openMetric,
    });
    const entry = {
      Source: 'app',
      DetailType: 'Said',
      Detail: '{}',
      EventBusName: more.eventBusName ?? 'bus',
    };
    await events.call('PutEvents', { Entries: [entry] }, {});
    await events.idle();
    return { dimensions: list()[0]?.dimensions, sums: sums() };
  }
  const throttling = () => new AwsError('ThrottlingException', 'Rate exceeded', 429);

  it('counts a retried delivery once', async () => {
    expect(await deliver({}, [throttling(), throttling()])).toEqual({
      dimensions: { EventBusName: 'bus', RuleName: 'rule' },
      sums: { Invocations: 1 },
    });
  });

  it.each([
    ['after the last retry', [throttling(), throttling(), throttling()]],
    ['that is not retried', [new AwsError('ResourceNotFoundException', 'Not found', 404)]],
  ])('counts a failure %s', async (_, errors) => {
    expect((await deliver({}, errors)).sums).toEqual({ Invocations: 1, FailedInvocations: 1 });
  });

  it('counts an event that the dead-letter queue rejects', async () => {
    const target = {
      ...(rule.targets[0] as TargetModel),
      deadLetterArn: `arn:aws:sqs:${region}:${accountId}:q`,
    };
    const notFound = new AwsError('ResourceNotFoundException', 'Not found', 404);
    const reject = () => Promise.reject(new AwsError('AccessDenied', 'Access denied', 403));
    expect((await deliver({ targets: [target] }, [notFound], reject)).sums).toEqual({
      Invocations: 1,
      FailedInvocations: 1,
      InvocationsFailedToBeSentToDlq: 1,
    });
  });

  it('omits the bus dimension on the default bus', async () => {
    expect((await deliver({ eventBusName: 'default' }, [])).dimensions).toEqual({ RuleName: 'rule' });
  });
});

describe('metrics of an HTTP API', () => {
  it('counts requests, client errors and server errors by stage', () => {
    const { openMetric, list, sums } = createStore();
    const metrics = new ApiMetrics(
      openMetric,
      { ApiId: 'a', Stage: '$default' },
      { clientError: '4xx', serverError: '5xx' },
    );
    for (const status of [200, 404, 429, 503]) metrics.recordRequest(status);
    expect(sums()).toEqual({ Count: 4, '4xx': 2, '5xx': 1 });
    for (const { dimensions } of list()) expect(dimensions).toEqual({ ApiId: 'a', Stage: '$default' });
  });
});

describe('metrics of SQS', () => {
  it('measures the visible messages', async () => {
    const { openMetric, list } = createStore();
    const model = {
      logicalId: 'Queue',
      name: 'queue',
      arn: `arn:aws:sqs:${region}:${accountId}:queue`,
      visibilityTimeoutSeconds: 30,
      messageRetentionSeconds: 60,
    };
    const sqs = createSqs({ queues: [model], region, accountId, openMetric });
    const call = (action: string, more = {}) => sqs.call(action, { QueueUrl: 'queue', ...more }, {});
    const visible = () => list()[0];
    await call('GetQueueAttributes', { AttributeNames: ['All'] });
    expect(visible()).toBeUndefined();
    await call('SendMessage', { MessageBody: 'a' });
    await call('SendMessage', { MessageBody: 'b' });
    expect(visible()).toMatchObject({
      namespace: 'AWS/SQS',
      name: 'ApproximateNumberOfMessagesVisible',
      dimensions: { QueueName: 'queue' },
      last: 2,
    });
    await call('ReceiveMessage');
    expect(visible()?.last).toBe(1);
    await call('PurgeQueue');
    expect(visible()).toMatchObject({ last: 0, maximum: 2 });
  });
});
