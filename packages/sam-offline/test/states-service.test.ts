import { AwsError, type JsonObject, UnsupportedError } from '../src/core/service';
import { createStates } from '../src/states';
import { compileDefinition, harness, INVOKE, invoke, model, only } from './support/states';

const ARN = 'arn:aws:states:eu-west-1:123456789012:stateMachine:machine';
const pass = only({ Type: 'Pass' });
const standard = (definition: object) => ({ stateMachines: [model(definition, 'STANDARD')] });

describe('StartExecution', () => {
  it('responds before the first state runs', async () => {
    const { states, calls, time, records } = harness(only(invoke()), () => ({ StatusCode: 200, Payload: 1 }));
    const response = await states.call(
      'StartExecution',
      { stateMachineArn: ARN, name: 'n1', input: '{"a":1}' },
      {},
    );
    expect(response).toEqual({
      executionArn: expect.stringMatching(
        /^arn:aws:states:eu-west-1:123456789012:express:machine:n1:[0-9a-f-]{36}$/,
      ),
      startDate: time.time / 1000,
    });
    expect(records).toEqual([]);
    await states.idle();
    expect(calls).toHaveLength(1);
    expect(records).toMatchObject([
      {
        executionArn: response.executionArn,
        name: 'n1',
        stateMachineArn: ARN,
        stateMachineName: 'machine',
        type: 'EXPRESS',
        status: 'SUCCEEDED',
        input: { a: 1 },
        output: 1,
        transitions: [{ name: 'Only', type: 'Task', path: '', retries: 0 }],
        transitionsDropped: 0,
      },
    ]);
  });

  it('allows Express executions with the same name', async () => {
    const { states } = harness(pass);
    const start = () => states.call('StartExecution', { stateMachineArn: ARN, name: 'same' }, {});
    const [one, other] = [await start(), await start()];
    expect(one.executionArn).not.toBe(other.executionArn);
    await states.idle();
  });

  it.each([
    [{ traceHeader: 'Root=1-a' }, { traceHeader: 'Root=1-b' }, 'Root=1-a'],
    [{}, { traceHeader: 'Root=1-b' }, 'Root=1-b'],
  ])('passes the trace header to every call: %p %p', async (input, context, traceHeader) => {
    const { states, calls, records } = harness(only(invoke()), () => ({ StatusCode: 200, Payload: 1 }));
    await states.call('StartExecution', { stateMachineArn: ARN, ...input }, context);
    await states.idle();
    expect(calls[0]?.context).toMatchObject({ traceHeader });
    expect(records[0]?.traceHeader).toBe(traceHeader);
  });

  it.each([
    [{ stateMachineArn: `${ARN}x` }, 'StateMachineDoesNotExist'],
    [{ name: 'a b' }, 'InvalidName'],
    [{ name: 'x'.repeat(81) }, 'InvalidName'],
    [{ input: '{' }, 'InvalidExecutionInput'],
    [{ input: JSON.stringify('x'.repeat(262_144)) }, 'ValidationException'],
  ])('rejects %p', async (input, code) => {
    const { states } = harness(pass);
    await expect(states.call('StartExecution', { stateMachineArn: ARN, ...input }, {})).rejects.toMatchObject(
      { code },
    );
  });
});

describe('StartSyncExecution', () => {
  it('returns the output', async () => {
    const { states, time } = harness(only({ Type: 'Wait', Seconds: 2, Output: 7 }));
    const request = { stateMachineArn: ARN, name: 'n', input: '{"a":1}' };
    expect(await time.until(states.call('StartSyncExecution', request, {}))).toMatchObject({
      status: 'SUCCEEDED',
      output: '7',
      input: '{"a":1}',
      name: 'n',
      stateMachineArn: ARN,
      billingDetails: { billedDurationInMilliseconds: 2000, billedMemoryUsedInMB: 64 },
    });
  });

  it('returns the error of a failed execution', async () => {
    const { states } = harness(only({ Type: 'Fail', Error: 'E', Cause: 'c' }));
    const response = await states.call('StartSyncExecution', { stateMachineArn: ARN }, {});
    expect(response).toMatchObject({ status: 'FAILED', error: 'E', cause: 'c' });
    expect(response).not.toHaveProperty('output');
  });

  it('rejects Standard state machines', async () => {
    const { states } = harness(pass, undefined, standard(pass));
    await expect(states.call('StartSyncExecution', { stateMachineArn: ARN }, {})).rejects.toMatchObject({
      code: 'StateMachineTypeNotSupported',
    });
  });
});

describe('Standard executions', () => {
  const waiting = only({ Type: 'Wait', Seconds: 10, Output: 'done' });

  it('describes executions, and lists them by status and page with the latest first', async () => {
    const { states, time } = harness(waiting, undefined, standard(waiting));
    const start = (name: string) =>
      states.call('StartExecution', { stateMachineArn: ARN, name, input: '{"a": 1}' }, {});
    const { executionArn } = await start('one');
    await start('two');
    expect(executionArn).toBe('arn:aws:states:eu-west-1:123456789012:execution:machine:one');
    const running = await states.call('DescribeExecution', { executionArn }, {});
    expect(running).toMatchObject({ status: 'RUNNING', name: 'one', input: '{"a": 1}' });
    expect(running).not.toHaveProperty('stopDate');
    await time.until(states.idle());
    expect(await states.call('DescribeExecution', { executionArn }, {})).toMatchObject({
      status: 'SUCCEEDED',
      output: '"done"',
      stopDate: time.time / 1000,
    });
    const list = (more: object) => states.call('ListExecutions', { stateMachineArn: ARN, ...more }, {});
    const first = await list({ maxResults: 1 });
    expect(first.executions).toMatchObject([{ name: 'two', status: 'SUCCEEDED' }]);
    const second = await list({ maxResults: 1, nextToken: first.nextToken });
    expect(second).toEqual({ executions: [expect.objectContaining({ name: 'one' })] });
    expect(await list({ statusFilter: 'RUNNING' })).toEqual({ executions: [] });
    await expect(list({ nextToken: 'x' })).rejects.toMatchObject({ code: 'InvalidToken' });
  });

  it('returns the running execution for the same name and input, and otherwise rejects a used name', async () => {
    const { states, time } = harness(waiting, undefined, standard(waiting));
    const start = (input: string) =>
      states.call('StartExecution', { stateMachineArn: ARN, name: 'n', input }, {});
    const first = await start('1');
    expect(await start('1')).toEqual(first);
    await expect(start('2')).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
    await time.until(states.idle());
    await expect(start('1')).rejects.toMatchObject({ code: 'ExecutionAlreadyExists' });
  });

  it('aborts an execution with StopExecution', async () => {
    const { states, time, records } = harness(waiting, undefined, standard(waiting));
    const { executionArn } = await states.call('StartExecution', { stateMachineArn: ARN }, {});
    await states.call('StopExecution', { executionArn, error: 'E', cause: 'enough' }, {});
    expect(records).toMatchObject([{ status: 'ABORTED', error: 'E', cause: 'enough' }]);
    expect(time.pending).toBe(0);
  });

  it.each(['DescribeExecution', 'StopExecution'])('rejects %s of an unknown execution', async (action) => {
    const { states } = harness(waiting, undefined, standard(waiting));
    const executionArn = 'arn:aws:states:eu-west-1:123456789012:execution:machine:no';
    await expect(states.call(action, { executionArn }, {})).rejects.toMatchObject({
      code: 'ExecutionDoesNotExist',
    });
  });
});

// docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
describe('GetExecutionHistory', () => {
  const waiting = only({ Type: 'Wait', Seconds: 10, Output: 'done' });

  it('returns the events of a Standard execution, while it runs and after', async () => {
    const { states, time } = harness(waiting, undefined, standard(waiting));
    const { executionArn } = await states.call('StartExecution', { stateMachineArn: ARN, input: '{}' }, {});
    const typesOf = async (more: object = {}) => {
      const { events } = await states.call('GetExecutionHistory', { executionArn, ...more }, {});
      return (events as JsonObject[]).map(({ type }) => type);
    };
    await new Promise((resolve) => setImmediate(resolve));
    expect(await typesOf()).toEqual(['ExecutionStarted', 'WaitStateEntered']);
    await time.until(states.idle());
    const all = ['ExecutionStarted', 'WaitStateEntered', 'WaitStateExited', 'ExecutionSucceeded'];
    expect(await typesOf()).toEqual(all);
    expect(await typesOf({ reverseOrder: true })).toEqual([...all].reverse());
    const page = await states.call('GetExecutionHistory', { executionArn, maxResults: 3 }, {});
    expect(await typesOf({ maxResults: 3, nextToken: page.nextToken })).toEqual(all.slice(3));
    const { events } = await states.call(
      'GetExecutionHistory',
      { executionArn, includeExecutionData: false },
      {},
    );
    expect(JSON.stringify(events)).not.toMatch(/"(?:input|output)":/);
  });

  it('rejects unknown and Express executions', async () => {
    const { states } = harness(pass);
    const { executionArn } = await states.call('StartExecution', { stateMachineArn: ARN }, {});
    await states.idle();
    const history = (arn: unknown) => states.call('GetExecutionHistory', { executionArn: arn }, {});
    await expect(history(executionArn)).rejects.toMatchObject({ code: 'StateMachineTypeNotSupported' });
    await expect(history('arn:x')).rejects.toMatchObject({ code: 'ExecutionDoesNotExist' });
  });
});

describe('Express executions', () => {
  it('rejects ListExecutions, DescribeExecution and StopExecution', async () => {
    const { states } = harness(pass);
    const { executionArn } = await states.call('StartExecution', { stateMachineArn: ARN }, {});
    await states.idle();
    const code = 'StateMachineTypeNotSupported';
    await expect(states.call('ListExecutions', { stateMachineArn: ARN }, {})).rejects.toMatchObject({ code });
    await expect(states.call('DescribeExecution', { executionArn }, {})).rejects.toMatchObject({ code });
    await expect(states.call('StopExecution', { executionArn }, {})).rejects.toBeInstanceOf(AwsError);
  });
});

describe('state machines', () => {
  it('describes and lists state machines', async () => {
    const { states, time } = harness(pass);
    const common = { stateMachineArn: ARN, name: 'machine', type: 'EXPRESS', creationDate: time.time / 1000 };
    expect(await states.call('ListStateMachines', {}, {})).toEqual({ stateMachines: [common] });
    expect(await states.call('DescribeStateMachine', { stateMachineArn: ARN }, {})).toMatchObject({
      ...common,
      status: 'ACTIVE',
      definition: JSON.stringify({ QueryLanguage: 'JSONata', ...pass }),
      tracingConfiguration: { enabled: true },
    });
  });
});

it('aborts running executions, clears timers and rejects new executions in stop()', async () => {
  const { states, time, records } = harness(only({ Type: 'Wait', Seconds: 10 }));
  await states.call('StartExecution', { stateMachineArn: ARN }, {});
  await new Promise(setImmediate);
  await states.stop();
  await states.idle();
  expect(records).toMatchObject([{ status: 'ABORTED' }]);
  expect(time.pending).toBe(0);
  await expect(states.call('StartExecution', { stateMachineArn: ARN }, {})).rejects.toMatchObject({
    status: 503,
  });
});

it('clears the timers of an execution when it ends', async () => {
  const set = jest.spyOn(globalThis, 'setTimeout');
  const clear = jest.spyOn(globalThis, 'clearTimeout');
  const states = createStates({
    stateMachines: [model(only(invoke({ TimeoutSeconds: 100 })))],
    invoke: async () => ({ StatusCode: 200, Payload: 1 }),
  });
  await states.call('StartSyncExecution', { stateMachineArn: ARN }, {});
  // The timers are for the limit of Express executions and for the TimeoutSeconds of the task.
  const created = set.mock.results.filter((_, index) => Number(set.mock.calls[index]?.[1]) >= 100_000);
  expect(created).toHaveLength(2);
  const cleared = clear.mock.calls.map(([timer]) => timer);
  for (const { value } of created) expect(cleared).toContain(value);
  set.mockRestore();
  clear.mockRestore();
});

it('rejects an unknown action with an error that contains its name', async () => {
  await expect(harness(pass).states.call('CreateActivity', {}, {})).rejects.toThrow('CreateActivity');
});

describe('definitions', () => {
  const rejections: [definition: object, message: string][] = [
    [{ ...pass, QueryLanguage: 'SQL' }, "QueryLanguage must be JSONata or JSONPath, but is 'SQL'"],
    [{ ...pass, Odd: 1 }, 'Odd is not supported'],
    [{ ...pass, StartAt: 'No' }, "StartAt refers to the state 'No', which does not exist"],
    [only({ Type: 'Pass', Result: 1 }), "state 'Only': Result is a JSONPath field"],
    [
      only({ Type: 'Pass', QueryLanguage: 'JSONPath' }),
      "state 'Only': QueryLanguage JSONPath is not allowed in a state machine with JSONata",
    ],
    [only({ Type: 'Pass', Odd: 1 }), "state 'Only': Odd is not supported"],
    [only({ Type: 'Pass', Next: 'Only' }), 'set either Next or End'],
    [only({ Type: 'Odd' }), "Type 'Odd' is not supported"],
    [only({ Type: 'Pass', Assign: { states: 1 } }), "'states' is reserved"],
    [only({ Type: 'Pass', Assign: { 'a-b': 1 } }), "'a-b' is not a valid variable name"],
    [only({ Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z' }), 'either Seconds or Timestamp'],
    [only({ Type: 'Wait', Timestamp: '2026-02-30T00:00:00Z' }), 'RFC 3339'],
    [
      only({ Type: 'Choice', Choices: [{ Variable: '$.a', StringEquals: 'b', Next: 'Only' }] }),
      'Choices[0]/Variable is a JSONPath field',
    ],
    [only(invoke({ HeartbeatSeconds: 3 })), 'HeartbeatSeconds applies to tasks with .waitForTaskToken only'],
    [only(invoke({ TimeoutSeconds: 0 })), 'TimeoutSeconds must be an integer of at least 1'],
    [
      only(invoke({ Resource: `${INVOKE}.waitForTaskToken` })),
      'Express workflows do not support .waitForTaskToken',
    ],
    [
      only(invoke({ Resource: 'arn:aws:states:::states:startExecution.sync:2' })),
      'Express workflows do not support .sync:2',
    ],
    [
      only(invoke({ Resource: 'arn:aws:states:::dynamodb:getItem.waitForTaskToken' })),
      "integration pattern '.waitForTaskToken' is not supported",
    ],
    [
      only(invoke({ Resource: 'arn:aws:states:::aws-sdk:sfn:startExecution.sync' })),
      'is not a valid service integration',
    ],
    [
      only(invoke({ Resource: 'arn:aws:states:::aws-sdk:apigatewaymanagementapi:postToConnection' })),
      'Use arn:aws:states:::apigateway:invoke',
    ],
    [only(invoke({ Resource: 'arn:aws:states:::dynamodb:query' })), "action 'query' is not supported"],
    [
      only(invoke({ Resource: 'arn:aws:states:::aws-sdk:dynamodb:Query' })),
      'is not a valid service integration',
    ],
    [
      only(invoke({ Resource: 'arn:aws:sns:eu-west-1:123456789012:topic' })),
      'must be the ARN of a Lambda function or of a service integration',
    ],
    [
      only(invoke({ Retry: [{ ErrorEquals: ['States.ALL', 'E'] }] })),
      'States.ALL must be the only error name',
    ],
    [
      only(invoke({ Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['E'] }] })),
      'in the last element',
    ],
    [only(invoke({ Retry: [{ ErrorEquals: ['E'], BackoffRate: 0.5 }] })), 'Retry[0]/BackoffRate'],
    [only(invoke({ Retry: [{ ErrorEquals: ['E'], MaxDelaySeconds: 1 }] })), 'greater than IntervalSeconds'],
    [only(invoke({ Catch: [{ ErrorEquals: ['E'], Next: 'No' }] })), "refers to the state 'No'"],
    [{ StartAt: 'A', States: { A: { Type: 'Pass', Next: 'A' } } }, 'no terminal state is reachable'],
    [
      { StartAt: 'A', States: { A: { Type: 'Succeed' }, B: { Type: 'Succeed' } } },
      "state 'B': the state is unreachable",
    ],
  ];

  it.each(rejections)('rejects %j', (definition, message) => {
    expect(() => compileDefinition(definition)).toThrow(UnsupportedError);
    expect(() => compileDefinition(definition)).toThrow(message);
  });

  const processor = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };
  it.each([
    [{ ItemBatcher: { MaxItemsPerBatch: 5 } }, 'ItemBatcher has no effect in an inline Map'],
    [{ ItemReader: {} }, 'ItemReader applies to Distributed Map only'],
    [{ ResultWriter: {} }, 'ResultWriter applies to Distributed Map only'],
    [{ ToleratedFailurePercentage: 5 }, 'ToleratedFailurePercentage applies to Distributed Map only'],
    [
      { ItemProcessor: { ...processor, ProcessorConfig: { Mode: 'inline' } } },
      "Mode must be INLINE or DISTRIBUTED, but is 'inline'",
    ],
    [
      { ItemProcessor: { ...processor, StartAt: 'Only', States: { Only: { Type: 'Pass', End: true } } } },
      'same name',
    ],
    [{ Items: { a: 1 } }, 'Items must be an array or an expression'],
  ])('rejects a Map with %j', (more, message) => {
    const definition = only({ Type: 'Map', ItemProcessor: processor, ...more });
    expect(() => compileDefinition(definition)).toThrow(message);
  });

  it.each([
    [{ ...invoke({ Resource: 'arn:aws:states:eu-west-1:123456789012:activity:a' }) }, 'activities'],
    [{ ...invoke({ Resource: 'arn:aws:states:::sns:publish' }) }, "service 'sns' is not supported"],
    [{ ...invoke({ Resource: 'arn:aws:states:::aws-sdk:s3:getObject' }) }, "service 's3' is not supported"],
    [
      { ...invoke({ Resource: 'arn:aws:states:::aws-sdk:dynamodb:createTable' }) },
      "action 'createTable' is not supported",
    ],
    [
      {
        Type: 'Map',
        ItemReader: {},
        ItemProcessor: { ...processor, ProcessorConfig: { Mode: 'DISTRIBUTED' } },
      },
      'Distributed Map',
    ],
  ])('fails only when it runs a state that the runtime does not emulate: %j', async (state, message) => {
    const record = await harness(only(state)).run();
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.Runtime' });
    expect(record.cause).toContain(message);
  });

  it('rejects an Assign to a variable in an outer scope', () => {
    const inner = { StartAt: 'P', States: { P: { Type: 'Pass', Assign: { v: 1 }, End: true } } };
    const definition = only({ Type: 'Map', ItemProcessor: inner, Assign: { v: 2 } });
    expect(() => compileDefinition(definition)).toThrow(
      "state 'P': Assign: the variable 'v' belongs to an outer scope",
    );
  });

  it('reports all problems with the name of the state machine', () => {
    const definition = {
      QueryLanguage: 'JSONata',
      StartAt: 'A',
      States: { A: { Type: 'Pass', Result: 1, Odd: 2, End: true } },
    };
    expect(() => harness(definition)).toThrow(
      /^Machine: Invalid state machine definition:\n.*Result.*\n.*Odd/,
    );
  });
});
