import { findTraceGap, type Span } from '../verify-aws/message-trace';

const LAMBDA = 'AWS::Lambda::Function';

/** Returns a shortened trace of a message. The parent of each segment is the last span of the previous segment. */
function trace(): [sent: Span, delivery: Span, workflow: Span, posted: Span] {
  const call = { id: 'put', name: 'EventBridge', aws: { operation: 'PutEvents' } };
  const invoke = { id: 'invoke', name: 'Lambda', aws: { operation: 'Invoke' } };
  const state = { id: 'state', name: 'Post', subsegments: [invoke] };
  return [
    { id: 'send', name: 'app-SendmessageFunction-1', origin: LAMBDA, subsegments: [call] },
    { id: 'bus', name: 'Events', origin: 'AWS::Events', parent_id: 'put' },
    {
      id: 'run',
      name: 'FanOut',
      origin: 'AWS::StepFunctions::StateMachine',
      parent_id: 'bus',
      subsegments: [state],
    },
    { id: 'post', name: 'app-PostFunction-1', origin: LAMBDA, parent_id: 'invoke' },
  ];
}

it('finds no gap in a trace from PutEvents to the posts', () => {
  expect(findTraceGap(trace())).toBeUndefined();
});

it.each<[string, (spans: ReturnType<typeof trace>) => Span[], string]>([
  ['nothing is traced', () => [], 'the trace has no segment of SendmessageFunction. Traced functions: none'],
  [
    'the trace ends at the event bus',
    ([sent, delivery]) => [sent, delivery],
    'the trace has no segment of PostFunction. Traced functions: app-SendmessageFunction-1',
  ],
  [
    'the workflow is not traced',
    ([sent, delivery, , posted]) => [sent, delivery, posted],
    'the trace lacks the span invoke, an ancestor of PostFunction',
  ],
  [
    'the delivery is a child of the function, as if the entry contained a trace header',
    ([sent, delivery, ...others]) => [sent, { ...delivery, parent_id: 'send' }, ...others],
    'PutEvents is not an ancestor of PostFunction. Ancestors: Lambda, Post, FanOut, Events, app-SendmessageFunction-1',
  ],
  [
    'PostFunction is a root segment',
    ([sent, delivery, workflow, { parent_id: _, ...posted }]) => [sent, delivery, workflow, posted],
    'PutEvents is not an ancestor of PostFunction. Ancestors: none',
  ],
])('finds the gap if %s', (_, breakTrace, gap) => {
  expect(findTraceGap(breakTrace(trace()))).toBe(gap);
});
