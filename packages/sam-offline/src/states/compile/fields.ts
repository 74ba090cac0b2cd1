const COMMON = ['Type', 'Comment', 'QueryLanguage'] as const;
const TRANSITION = ['Next', 'End', 'Output', 'Assign'] as const;

/** The fields that the runtime supports, by state type. */
export const STATE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pass: [...COMMON, ...TRANSITION],
  Task: [...COMMON, ...TRANSITION, 'Resource', 'Arguments', 'TimeoutSeconds', 'Retry', 'Catch'],
  Choice: [...COMMON, 'Choices', 'Default', 'Output', 'Assign'],
  Wait: [...COMMON, ...TRANSITION, 'Seconds', 'Timestamp'],
  Succeed: [...COMMON, 'Output'],
  Fail: [...COMMON, 'Error', 'Cause'],
  Parallel: [...COMMON, ...TRANSITION, 'Branches', 'Arguments', 'Retry', 'Catch'],
  Map: [
    ...COMMON,
    ...TRANSITION,
    'Items',
    'ItemSelector',
    'ItemProcessor',
    'MaxConcurrency',
    'Retry',
    'Catch',
  ],
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

const JSONPATH = 'is a JSONPath field, which is not supported. Use JSONata';
const DISTRIBUTED = 'applies to Distributed Map only, which is not supported';

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
  ItemBatcher: 'has no effect in an inline Map. Create batches with $partition',
  Iterator: 'is deprecated. Use ItemProcessor',
  HeartbeatSeconds: 'applies to activities and task tokens only, which are not supported',
  Credentials: 'requires IAM roles, which are not supported',
};

/** Returns the rest of an error message that starts with the name of the field. */
export function explainUnsupportedField(field: string): string {
  return Object.hasOwn(REASONS, field) ? (REASONS[field] as string) : 'is not supported';
}
