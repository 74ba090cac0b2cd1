import { AwsError } from '../src/core/service';
import type { StatesService } from '../src/states';
import { createStates } from '../src/states';
import { INVOKE, model, only, VirtualTime } from './support/states';

const ARN = 'arn:aws:states:eu-west-1:123456789012:stateMachine:machine';

/** A task that passes its token to a function and waits for it. */
const waiting = (more: object = {}) =>
  only({
    Type: 'Task',
    Resource: `${INVOKE}.waitForTaskToken`,
    Parameters: { FunctionName: 'fn', Payload: { 'token.$': '$$.Task.Token', 'a.$': '$.a' } },
    ...more,
  });

/** Starts an execution of a Standard state machine. `token` resolves when the function is called. */
async function start(definition: object) {
  const time = new VirtualTime();
  let onToken: (token: string) => void = () => undefined;
  const tokens: string[] = [];
  const states = createStates({
    stateMachines: [model({ QueryLanguage: 'JSONPath', ...definition }, 'STANDARD')],
    now: time.now,
    sleep: time.sleep,
    invoke: async (_service, _action, { Payload }) => {
      tokens.push((Payload as { token: string }).token);
      onToken(tokens.at(-1) as string);
      return { StatusCode: 200, Payload: 'ignored' };
    },
  });
  const token = new Promise<string>((resolve) => {
    onToken = resolve;
  });
  const { executionArn } = await states.call(
    'StartExecution',
    { stateMachineArn: ARN, input: '{"a":1}' },
    {},
  );
  const describe = () => states.call('DescribeExecution', { executionArn }, {});
  return { states, time, executionArn, token: await token, tokens, describe };
}

const send = (states: StatesService, action: string, input: object) => states.call(action, { ...input }, {});

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
describe('a task that waits for its token', () => {
  it('returns the output of SendTaskSuccess instead of the result of the call', async () => {
    const { states, token, describe } = await start(waiting({ ResultPath: '$.r' }));
    expect(await describe()).toMatchObject({ status: 'RUNNING' });
    expect(await send(states, 'SendTaskSuccess', { taskToken: token, output: '{"done":true}' })).toEqual({});
    await states.idle();
    expect(await describe()).toMatchObject({ status: 'SUCCEEDED', output: '{"a":1,"r":{"done":true}}' });
  });

  it('fails with the error and cause of SendTaskFailure', async () => {
    const { states, token, describe } = await start(waiting());
    await send(states, 'SendTaskFailure', { taskToken: token, error: 'Rejected', cause: 'by hand' });
    await states.idle();
    expect(await describe()).toMatchObject({ status: 'FAILED', error: 'Rejected', cause: 'by hand' });
  });

  it('has a new token for each attempt', async () => {
    const Retry = [{ ErrorEquals: ['Rejected'], MaxAttempts: 1 }];
    const { states, token, tokens, time, describe } = await start(waiting({ Retry }));
    await send(states, 'SendTaskFailure', { taskToken: token, error: 'Rejected' });
    await time.until(
      (async () => {
        while (tokens.length < 2) await new Promise((resolve) => setImmediate(resolve));
      })(),
    );
    expect(tokens[1]).not.toBe(token);
    await send(states, 'SendTaskSuccess', { taskToken: tokens[1], output: '2' });
    await states.idle();
    expect(await describe()).toMatchObject({ status: 'SUCCEEDED', output: '2' });
  });

  it('rejects invalid outputs, unknown tokens, and tokens of tasks that have ended', async () => {
    const { states, token } = await start(waiting());
    const invalid = send(states, 'SendTaskSuccess', { taskToken: token, output: '{' });
    await expect(invalid).rejects.toMatchObject({ code: 'InvalidOutput' });
    const unknown = send(states, 'SendTaskSuccess', { taskToken: 'x', output: '1' });
    await expect(unknown).rejects.toMatchObject({ code: 'InvalidToken' });
    await send(states, 'SendTaskSuccess', { taskToken: token, output: '1' });
    await states.idle();
    for (const action of ['SendTaskSuccess', 'SendTaskFailure', 'SendTaskHeartbeat']) {
      const late = send(states, action, { taskToken: token, output: '1' });
      await expect(late).rejects.toEqual(
        new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'"),
      );
    }
  });

  it('fails with States.HeartbeatTimeout when no heartbeat arrives in time', async () => {
    const { states, token, time, describe } = await start(
      waiting({ HeartbeatSeconds: 10, TimeoutSeconds: 100 }),
    );
    await send(states, 'SendTaskHeartbeat', { taskToken: token });
    await time.until(states.idle());
    expect(await describe()).toMatchObject({ status: 'FAILED', error: 'States.HeartbeatTimeout' });
    expect(time.pending).toBe(0);
  });

  it('fails with States.Timeout after TimeoutSecondsPath', async () => {
    const { states, time, describe } = await start(
      waiting({ TimeoutSecondsPath: '$.a', HeartbeatSeconds: 10 }),
    );
    await time.until(states.idle());
    expect(await describe()).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(time.pending).toBe(0);
  });

  it('ends when its execution ends', async () => {
    const { states, token, time, executionArn, describe } = await start(waiting());
    await send(states, 'StopExecution', { executionArn });
    await states.idle();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await describe()).toMatchObject({ status: 'ABORTED' });
    const late = send(states, 'SendTaskSuccess', { taskToken: token, output: '1' });
    await expect(late).rejects.toMatchObject({ code: 'TaskTimedOut' });
    expect(time.pending).toBe(0);
  });
});

/** Runs two state machines. The parent starts the child with the given resource. */
async function runParent(resource: string, child: object, type: 'EXPRESS' | 'STANDARD' = 'STANDARD') {
  const childArn = `${ARN}Child`;
  const parent = only({
    Type: 'Task',
    Resource: resource,
    Parameters: { StateMachineArn: childArn, Name: 'named', Input: { 'n.$': '$.n' } },
  });
  const time = new VirtualTime();
  const calls: string[] = [];
  const states: StatesService = createStates({
    stateMachines: [
      model({ QueryLanguage: 'JSONPath', ...parent }, 'STANDARD'),
      { ...model({ QueryLanguage: 'JSONPath', ...child }, type), arn: childArn, name: 'child' },
    ],
    now: time.now,
    sleep: time.sleep,
    invoke: (service, action, input, context) => {
      calls.push(`${service}:${action}`);
      return states.call(action, input, context);
    },
  });
  const start = { stateMachineArn: ARN, input: '{"n":1}' };
  const { executionArn } = await states.call('StartExecution', start, {});
  await time.until(states.idle());
  return { calls, record: await states.call('DescribeExecution', { executionArn }, {}) };
}

const child = only({ Type: 'Wait', Seconds: 5 });
const CHILD_EXECUTION = 'arn:aws:states:eu-west-1:123456789012:execution:child:named';

// https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
describe('states:startExecution', () => {
  it('returns when the execution has started', async () => {
    const { record, calls } = await runParent('arn:aws:states:::states:startExecution', child);
    expect(JSON.parse(String(record.output))).toMatchObject({
      ExecutionArn: CHILD_EXECUTION,
      StartDate: expect.any(Number),
      SdkHttpMetadata: { HttpStatusCode: 200 },
    });
    expect(calls).toEqual(['states:StartExecution']);
  });

  it.each([
    ['sync', '{"n":1}'],
    ['sync:2', { n: 1 }],
  ])('waits for the end of the execution with .%s, and returns its description', async (pattern, output) => {
    const resource = `arn:aws:states:::states:startExecution.${pattern}`;
    const { record, calls } = await runParent(resource, child);
    const result = JSON.parse(String(record.output));
    expect(result).toMatchObject({
      ExecutionArn: CHILD_EXECUTION,
      Status: 'SUCCEEDED',
      Input: output,
      Output: output,
      InputDetails: { Included: true },
    });
    expect(result.StopDate - result.StartDate).toBe(5000);
    expect(calls).toEqual(['states:StartExecution', 'states:DescribeExecution']);
  });

  it('fails with .sync if the execution fails', async () => {
    const failing = only({ Type: 'Fail', Error: 'Mine', Cause: 'because' });
    const { record } = await runParent('arn:aws:states:::states:startExecution.sync:2', failing);
    expect(record).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
    expect(JSON.parse(String(record.cause))).toMatchObject({
      Status: 'FAILED',
      Error: 'Mine',
      Cause: 'because',
    });
  });

  it('cannot wait for an Express execution', async () => {
    const { record } = await runParent('arn:aws:states:::states:startExecution.sync', child, 'EXPRESS');
    expect(record).toMatchObject({
      status: 'FAILED',
      error: 'StepFunctions.StateMachineTypeNotSupportedException',
    });
  });

  it('returns the response of aws-sdk:sfn:startSyncExecution with times as strings', async () => {
    const { record } = await runParent('arn:aws:states:::aws-sdk:sfn:startSyncExecution', child, 'EXPRESS');
    expect(JSON.parse(String(record.output))).toMatchObject({
      Name: 'named',
      Status: 'SUCCEEDED',
      Output: '{"n":1}',
      StartDate: '2026-01-02T03:04:05.000Z',
      StopDate: '2026-01-02T03:04:10.000Z',
    });
  });
});
