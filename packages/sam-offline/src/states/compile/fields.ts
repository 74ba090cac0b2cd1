/** Which fields a definition may have where, and why the others are refused. */

const ANY = ['Type', 'Comment', 'QueryLanguage'] as const;
const FLOW = ['Next', 'End', 'Output', 'Assign'] as const;

export const STATE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pass: [...ANY, ...FLOW],
  Task: [...ANY, ...FLOW, 'Resource', 'Arguments', 'TimeoutSeconds', 'Retry', 'Catch'],
  Choice: [...ANY, 'Choices', 'Default', 'Output', 'Assign'],
  Wait: [...ANY, ...FLOW, 'Seconds', 'Timestamp'],
  Succeed: [...ANY, 'Output'],
  Fail: [...ANY, 'Error', 'Cause'],
  Parallel: [...ANY, ...FLOW, 'Branches', 'Arguments', 'Retry', 'Catch'],
  Map: [...ANY, ...FLOW, 'Items', 'ItemSelector', 'ItemProcessor', 'MaxConcurrency', 'Retry', 'Catch'],
};

export const MACHINE_FIELDS = ['Comment', 'StartAt', 'States', 'Version', 'TimeoutSeconds', 'QueryLanguage'];
export const BRANCH_FIELDS = ['Comment', 'StartAt', 'States'];
export const PROCESSOR_FIELDS = [...BRANCH_FIELDS, 'ProcessorConfig'];
export const RULE_FIELDS = ['Condition', 'Next', 'Comment', 'Output', 'Assign'];
export const CATCHER_FIELDS = ['ErrorEquals', 'Next', 'Comment', 'Output', 'Assign'];
export const RETRIER_FIELDS = [
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
];

const JSONPATH = 'is a field of JSONPath; only JSONata is supported';
const DISTRIBUTED = 'is a field of the Distributed Map, which is not supported';

const REASONS: Readonly<Record<string, string>> = {
  InputPath: JSONPATH,
  OutputPath: JSONPATH,
  ResultPath: JSONPATH,
  ResultSelector: JSONPATH,
  Parameters: JSONPATH,
  Result: JSONPATH,
  ItemsPath: JSONPATH,
  MaxConcurrencyPath: JSONPATH,
  SecondsPath: JSONPATH,
  TimestampPath: JSONPATH,
  TimeoutSecondsPath: JSONPATH,
  HeartbeatSecondsPath: JSONPATH,
  ErrorPath: JSONPATH,
  CausePath: JSONPATH,
  Variable: JSONPATH,
  And: JSONPATH,
  Or: JSONPATH,
  Not: JSONPATH,
  ItemReader: DISTRIBUTED,
  ResultWriter: DISTRIBUTED,
  ToleratedFailureCount: DISTRIBUTED,
  ToleratedFailurePercentage: DISTRIBUTED,
  Label: DISTRIBUTED,
  ItemBatcher: 'has no effect in an inline Map: batches are made with $partition',
  Iterator: 'is the old name of ItemProcessor',
  HeartbeatSeconds: 'is for activities and task tokens, which are not supported',
  Credentials: 'asks for an IAM role; this runtime has none',
};

/** Why a field is refused; a general reason for one that the States language does not know. */
export function reasonAgainst(field: string): string {
  return Object.hasOwn(REASONS, field) ? (REASONS[field] as string) : 'is not supported here';
}
