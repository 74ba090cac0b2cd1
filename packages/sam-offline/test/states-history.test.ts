import type { JsonObject } from '../src/core/service';
import type { Transition } from '../src/states/execution-record';
import { listHistoryEvents, omitExecutionData } from '../src/states/history';
import type { ExecutionHandle } from '../src/states/run/executions';
import { model } from './support/states';

const LAMBDA = 'arn:aws:lambda:eu-west-1:123456789012:function:f';
const DEFINITION = {
  States: {
    First: { Type: 'Task', Resource: LAMBDA },
    Publish: { Type: 'Task', Resource: 'arn:aws:states:::events:putEvents.waitForTaskToken' },
    Each: { Type: 'Map', ItemProcessor: { States: { Inner: { Type: 'Pass' } } } },
  },
};

function handle(record?: object): ExecutionHandle {
  return {
    machine: { model: model(DEFINITION, 'STANDARD') },
    start: { text: '{"id":1}' },
    startDate: 1_000,
    ...(record && { record: { stopDate: 9_000, ...record } }),
  } as unknown as ExecutionHandle;
}

function visit(name: string, type: string, more: Partial<Transition> = {}): Transition {
  return { name, type, path: '', entered: 2_000, exited: 3_000, retries: 0, ...more };
}

const call = (started: number, ended: number, error?: string) => ({
  id: 'x',
  service: 'lambda',
  action: 'invoke',
  started,
  ended,
  ...(error === undefined ? {} : { error }),
});

const listTypes = (events: JsonObject[]) => events.map(({ type }) => type);

// docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
describe('the history of an execution', () => {
  it('starts with the input and ends with the output', () => {
    const events = listHistoryEvents(handle({ status: 'SUCCEEDED', output: { ok: true } }), [
      visit('Done', 'Pass', { input: { id: 1 }, output: { ok: true } }),
    ]);
    expect(events).toEqual([
      {
        timestamp: 1,
        type: 'ExecutionStarted',
        id: 1,
        previousEventId: 0,
        executionStartedEventDetails: {
          input: '{"id":1}',
          inputDetails: { truncated: false },
          roleArn: expect.stringMatching(/^arn:aws:iam:/),
        },
      },
      {
        timestamp: 2,
        type: 'PassStateEntered',
        id: 2,
        previousEventId: 1,
        stateEnteredEventDetails: { name: 'Done', input: '{"id":1}', inputDetails: { truncated: false } },
      },
      {
        timestamp: 3,
        type: 'PassStateExited',
        id: 3,
        previousEventId: 2,
        stateExitedEventDetails: { name: 'Done', output: '{"ok":true}', outputDetails: { truncated: false } },
      },
      {
        timestamp: 9,
        type: 'ExecutionSucceeded',
        id: 4,
        previousEventId: 3,
        executionSucceededEventDetails: { output: '{"ok":true}', outputDetails: { truncated: false } },
      },
    ]);
  });

  it.each([
    ['FAILED', 'ExecutionFailed', 'executionFailedEventDetails'],
    ['TIMED_OUT', 'ExecutionTimedOut', 'executionTimedOutEventDetails'],
    ['ABORTED', 'ExecutionAborted', 'executionAbortedEventDetails'],
  ])('of status %s ends with %s', (status, type, member) => {
    const details = { error: 'E', cause: 'C' };
    const event = listHistoryEvents(handle({ status, ...details }), []).at(-1);
    expect(event).toEqual({ timestamp: 9, type, id: 2, previousEventId: 1, [member]: details });
  });

  it('contains no end event while the execution is running', () => {
    const running = visit('First', 'Task', { calls: [call(2_100, 0)] });
    delete running.exited;
    expect(listTypes(listHistoryEvents(handle(), [running]))).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
    ]);
  });

  it('contains each attempt of a task', () => {
    const calls = [call(2_100, 2_200, 'Busy'), call(2_300, 2_400)];
    const events = listHistoryEvents(handle(), [visit('First', 'Task', { retries: 1, calls, output: 1 })]);
    expect(events.slice(2, -1)).toEqual([
      expect.objectContaining({
        timestamp: 2.1,
        type: 'LambdaFunctionScheduled',
        lambdaFunctionScheduledEventDetails: { resource: LAMBDA },
      }),
      expect.objectContaining({ timestamp: 2.1, type: 'LambdaFunctionStarted' }),
      expect.objectContaining({
        timestamp: 2.2,
        type: 'LambdaFunctionFailed',
        lambdaFunctionFailedEventDetails: { error: 'Busy' },
      }),
      expect.objectContaining({ timestamp: 2.3, type: 'LambdaFunctionScheduled' }),
      expect.objectContaining({ timestamp: 2.3, type: 'LambdaFunctionStarted' }),
      expect.objectContaining({ timestamp: 3, type: 'LambdaFunctionSucceeded' }),
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'TaskStateExited' });
  });

  it('contains the service integration of a task and its error', () => {
    const named = { resourceType: 'events', resource: 'putEvents.waitForTaskToken' };
    const events = listHistoryEvents(handle(), [visit('Publish', 'Task', { error: 'Refused' })]);
    expect(events.slice(2)).toEqual([
      expect.objectContaining({ type: 'TaskScheduled', taskScheduledEventDetails: named }),
      expect.objectContaining({ type: 'TaskStarted', taskStartedEventDetails: named }),
      expect.objectContaining({
        type: 'TaskFailed',
        taskFailedEventDetails: { ...named, error: 'Refused' },
      }),
    ]);
  });

  it('contains the exit from a state with a caught error', () => {
    const caught = visit('First', 'Task', { error: 'Refused', output: {} });
    const types = listTypes(listHistoryEvents(handle(), [caught]));
    expect(types.slice(-2)).toEqual(['LambdaFunctionFailed', 'TaskStateExited']);
  });

  it('orders concurrent branches by time, and links each event to its cause', () => {
    const inner = (index: number, entered: number, exited: number) =>
      visit('Inner', 'Pass', { path: `Each[${index}]/`, entered, exited, output: index });
    const events = listHistoryEvents(handle(), [
      visit('Each', 'Map', { exited: 2_900, output: [] }),
      inner(0, 2_100, 2_300),
      inner(1, 2_200, 2_400),
      visit('After', 'Succeed', { entered: 2_950, output: [] }),
    ]);
    expect(listTypes(events)).toEqual([
      ...['ExecutionStarted', 'MapStateEntered', 'MapStateStarted'],
      ...['MapIterationStarted', 'PassStateEntered', 'MapIterationStarted', 'PassStateEntered'],
      ...['PassStateExited', 'MapIterationSucceeded', 'PassStateExited', 'MapIterationSucceeded'],
      ...['MapStateSucceeded', 'MapStateExited', 'SucceedStateEntered', 'SucceedStateExited'],
    ]);
    expect(events[5]).toMatchObject({ mapIterationStartedEventDetails: { name: 'Each', index: 1 } });
    const causes = [0, 1, 2, 3, 4, 3, 6, 5, 8, 7, 10, 11, 12, 13, 14];
    expect(events.map(({ previousEventId }) => previousEventId)).toEqual(causes);
  });

  it('separates the branches of each visit to a state', () => {
    const round = (entered: number) => [
      visit('Each', 'Parallel', { entered, exited: entered + 5, output: [] }),
      visit('Inner', 'Pass', { path: 'Each[0]/', entered: entered + 1, exited: entered + 2, output: 1 }),
    ];
    const events = listHistoryEvents(handle(), [...round(2_000), ...round(3_000)]);
    expect(events).toHaveLength(13);
    expect(events[7]).toMatchObject({ type: 'ParallelStateEntered', previousEventId: 7, timestamp: 3 });
    expect(events[9]).toMatchObject({ type: 'PassStateEntered', previousEventId: 9 });
  });

  it('can omit inputs and outputs', () => {
    const [event] = listHistoryEvents(handle(), []);
    expect(omitExecutionData(event ?? {}).executionStartedEventDetails).toEqual({
      inputDetails: { truncated: false },
      roleArn: expect.any(String),
    });
  });
});
