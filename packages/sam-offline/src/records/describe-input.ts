const MAX_FIELDS = 3;
const MAX_VALUE_LENGTH = 40;

type Fields = Readonly<Record<string, unknown>>;

/**
 * Describes an execution's input in a line that distinguishes executions of one state machine: the short scalar fields of the
 * input. For an event of EventBridge, its `detail-type` and the fields of its detail.
 */
export function describeInput(input: unknown): string {
  if (!isObject(input)) return '';
  const { 'detail-type': type, detail } = input;
  if (typeof type !== 'string') return describeFields(input);
  return [type, isObject(detail) && describeFields(detail)].filter(Boolean).join(' ');
}

function describeFields(fields: Fields): string {
  return Object.entries(fields)
    .filter(([, value]) => isShort(value))
    .slice(0, MAX_FIELDS)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function isShort(value: unknown): boolean {
  if (typeof value === 'string') return value !== '' && value.length <= MAX_VALUE_LENGTH;
  return typeof value === 'number' || typeof value === 'boolean';
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
