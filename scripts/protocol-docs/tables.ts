import { type JsonSchema, propertiesOf } from './json-schema';

/** Fields that all frames have. The page describes them once, in "Frames". */
const COMMON = new Set(['action', 'id']);

/** Formats a Markdown table. */
export function formatTable(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** Formats a table of the fields of a frame or object. Returns an empty string if it has only common fields. */
export function formatFieldTable(schema: JsonSchema, head = 'Field'): string {
  const rows = listFieldRows(schema, '', head === 'Field');
  return rows.length === 0 ? '' : formatTable([head, 'Type', 'Description'], rows);
}

/** Formats the names of the fields as a list on one line. */
export function formatFieldList(schema: JsonSchema): string {
  return specificFields(schema)
    .map(([name]) => `\`${name}${isRequired(schema, name) ? '' : '?'}\``)
    .join(', ');
}

function listFieldRows(schema: JsonSchema, prefix: string, marksOptional: boolean): string[][] {
  return specificFields(schema).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const optional = marksOptional && !isRequired(schema, name);
    const row = [`\`${path}${optional ? '?' : ''}\``, formatType(field), field.description ?? ''];
    return [row, ...(field.properties ? listFieldRows(field, `${path}.`, marksOptional) : [])];
  });
}

/** Returns the fields, except the common fields. Also omits the `type` of a frame, which is the name of the frame. */
function specificFields(schema: JsonSchema): [string, JsonSchema][] {
  return Object.entries(propertiesOf(schema)).filter(
    ([name, field]) => !COMMON.has(name) && !(name === 'type' && field.const !== undefined),
  );
}

function isRequired(schema: JsonSchema, name: string): boolean {
  return schema.required?.includes(name) ?? false;
}

function formatType(schema: JsonSchema): string {
  const {
    type,
    format,
    minimum,
    maximum,
    maxLength,
    enum: values,
    allOf,
    items,
    additionalProperties,
  } = schema;
  const reference = (allOf?.[0] as JsonSchema | undefined)?.$ref ?? schema.$ref;
  if (reference !== undefined) return formatLink(reference);
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (type === 'array') return `array of ${formatType(items as JsonSchema)}`;
  if (format === 'uuid') return 'UUID';
  if (format === 'date-time') return 'timestamp';
  if (values?.some((value) => String(value).startsWith('urn:'))) return '[problem type](#problem-types)';
  if (values) return values.map((value) => `\`${value}\``).join(', ');
  if (typeof additionalProperties === 'object') return `object of ${formatType(additionalProperties)}s`;
  if (type === 'integer') return `integer${formatRange(minimum, maximum)}`;
  return `${type}${maxLength === undefined ? '' : `, at most ${maxLength} characters`}`;
}

function formatRange(minimum: number | undefined, maximum: number | undefined): string {
  const isBounded = maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER;
  return isBounded ? `, ${minimum} to ${maximum}` : '';
}

function formatLink(reference: string): string {
  const name = reference.replace(/^.*\//, '');
  return `[${name}](#${name.toLowerCase()})`;
}
