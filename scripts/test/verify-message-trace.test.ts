import { missingOnTheWay, type Span } from '../verify-aws/message-trace';

const LAMBDA = 'AWS::Lambda::Function';

/** The way of a message as X-Ray shows it, in short: each segment comes from the last span of the one before. */
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

it('a trace from PutEvents to the posts lacks nothing', () => {
  expect(missingOnTheWay(trace())).toBeUndefined();
});

it.each<[string, (spans: ReturnType<typeof trace>) => Span[], string]>([
  ['nothing is traced', () => [], 'of SendmessageFunction there is nothing among nothing at all'],
  [
    'the trace ends at the bus',
    ([sent, delivery]) => [sent, delivery],
    'of PostFunction there is nothing among app-SendmessageFunction-1',
  ],
  [
    'the workflow is not traced',
    ([sent, delivery, , posted]) => [sent, delivery, posted],
    'what PostFunction came from is not in it: invoke',
  ],
  [
    'the delivery hangs from the function, as with a header in the entry',
    ([sent, delivery, ...others]) => [sent, { ...delivery, parent_id: 'send' }, ...others],
    'PostFunction hangs from Lambda, Post, FanOut, Events, app-SendmessageFunction-1, and not from PutEvents',
  ],
  [
    'the posting begins a tree of its own',
    ([sent, delivery, workflow, { parent_id: _, ...posted }]) => [sent, delivery, workflow, posted],
    'PostFunction hangs from nothing, and not from PutEvents',
  ],
])('is told where %s', (_, broken, complaint) => {
  expect(missingOnTheWay(broken(trace()))).toBe(complaint);
});
