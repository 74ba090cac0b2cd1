const COMMON = ['Type', 'Comment', 'QueryLanguage'] as const;
const TRANSITION = ['Next', 'End', 'Assign'] as const;
const RECOVERY = ['Retry', 'Catch'] as const;

export type QueryLanguage = 'JSONata' | 'JSONPath';

type StateFields = Readonly<Record<string, readonly string[]>>;

const JSONATA_STATE_FIELDS: StateFields = {
  Pass: [...COMMON, ...TRANSITION, 'Output'],
  Task: [
    ...[...COMMON, ...TRANSITION, ...RECOVERY, 'Output', 'Resource', 'Arguments', 'TimeoutSeconds'],
    ...['HeartbeatSeconds', 'Credentials'],
  ],
  Choice: [...COMMON, 'Choices', 'Default', 'Output', 'Assign'],
  Wait: [...COMMON, ...TRANSITION, 'Output', 'Seconds', 'Timestamp'],
  Succeed: [...COMMON, 'Output'],
  Fail: [...COMMON, 'Error', 'Cause'],
  Parallel: [...COMMON, ...TRANSITION, ...RECOVERY, 'Output', 'Branches', 'Arguments'],
  Map: [
    ...[...COMMON, ...TRANSITION, ...RECOVERY, 'Output', 'Items', 'ItemSelector', 'ItemProcessor'],
    'MaxConcurrency',
  ],
};

const FILTERS = ['InputPath', 'OutputPath'] as const;
const RESULT = ['Parameters', 'ResultSelector', 'ResultPath'] as const;

const JSONPATH_STATE_FIELDS: StateFields = {
  Pass: [...COMMON, ...TRANSITION, ...FILTERS, 'Parameters', 'Result', 'ResultPath'],
  Task: [
    ...[...COMMON, ...TRANSITION, ...RECOVERY, ...FILTERS, ...RESULT, 'Resource', 'Credentials'],
    ...['TimeoutSeconds', 'TimeoutSecondsPath', 'HeartbeatSeconds', 'HeartbeatSecondsPath'],
  ],
  Choice: [...COMMON, ...FILTERS, 'Choices', 'Default', 'Assign'],
  Wait: [...COMMON, ...TRANSITION, ...FILTERS, 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'],
  Succeed: [...COMMON, ...FILTERS],
  Fail: [...COMMON, 'Error', 'ErrorPath', 'Cause', 'CausePath'],
  Parallel: [...COMMON, ...TRANSITION, ...RECOVERY, ...FILTERS, ...RESULT, 'Branches'],
  Map: [
    ...[...COMMON, ...TRANSITION, ...RECOVERY, ...FILTERS, ...RESULT, 'ItemsPath', 'ItemSelector'],
    ...['ItemProcessor', 'Iterator', 'MaxConcurrency', 'MaxConcurrencyPath'],
  ],
};

/** The fields that the runtime supports, by query language and state type. */
export const STATE_FIELDS: Readonly<Record<QueryLanguage, StateFields>> = {
  JSONata: JSONATA_STATE_FIELDS,
  JSONPath: JSONPATH_STATE_FIELDS,
};

export const MACHINE_FIELDS = ['Comment', 'StartAt', 'States', 'Version', 'TimeoutSeconds', 'QueryLanguage'];
export const BRANCH_FIELDS = ['Comment', 'StartAt', 'States'];
export const PROCESSOR_FIELDS = [...BRANCH_FIELDS, 'ProcessorConfig'];
export const RULE_FIELDS = ['Condition', 'Next', 'Comment', 'Output', 'Assign'];
export const CATCHER_FIELDS = ['ErrorEquals', 'Next', 'Comment', 'Output', 'Assign'];
export const JSONPATH_CATCHER_FIELDS = ['ErrorEquals', 'Next', 'Comment', 'ResultPath', 'Assign'];
export const RETRIER_FIELDS = [
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
  'Comment',
];

const JSONPATH = 'is a JSONPath field, which a state with JSONata cannot have';
const JSONATA = 'is a JSONata field. Set QueryLanguage to JSONata';
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
  Arguments: JSONATA,
  Output: JSONATA,
  Items: JSONATA,
  Condition: JSONATA,
  ItemReader: DISTRIBUTED,
  ResultWriter: DISTRIBUTED,
  ToleratedFailureCount: DISTRIBUTED,
  ToleratedFailurePercentage: DISTRIBUTED,
  Label: DISTRIBUTED,
  ItemBatcher: 'has no effect in an inline Map. Create batches with $partition or States.ArrayPartition',
  Iterator: 'is deprecated. Use ItemProcessor',
};

/** Returns the rest of an error message that starts with the name of the field. */
export function explainUnsupportedField(field: string): string {
  return Object.hasOwn(REASONS, field) ? (REASONS[field] as string) : 'is not supported';
}
