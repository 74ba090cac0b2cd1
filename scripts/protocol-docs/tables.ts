import { type JsonSchema, propertiesOf } from './json-schema';

/** Fields that every frame of its kind has: the page describes them once. */
const COMMON = new Set(['action', 'id']);

/** A table in Markdown. */
export function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** What a frame's or object's fields are. Empty if it has none but those that all have. */
export function fieldTable(schema: JsonSchema, head = 'field'): string {
  const rows = fieldRows(schema, '', head === 'field');
  return rows.length === 0 ? '' : table([head, 'type', 'meaning'], rows);
}

/** The fields' names in one line. */
export function fieldList(schema: JsonSchema): string {
  return fieldsOf(schema)
    .map(([name]) => `\`${name}${isRequired(schema, name) ? '' : '?'}\``)
    .join(', ');
}

function fieldRows(schema: JsonSchema, prefix: string, marksOptional: boolean): string[][] {
  return fieldsOf(schema).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const optional = marksOptional && !isRequired(schema, name);
    const row = [`\`${path}${optional ? '?' : ''}\``, typeName(field), field.description ?? ''];
    return [row, ...(field.properties ? fieldRows(field, `${path}.`, marksOptional) : [])];
  });
}

/** All fields but those that are described once for all frames: a frame's `type` is its name. */
function fieldsOf(schema: JsonSchema): [string, JsonSchema][] {
  return Object.entries(propertiesOf(schema)).filter(
    ([name, field]) => !COMMON.has(name) && !(name === 'type' && field.const !== undefined),
  );
}

function isRequired(schema: JsonSchema, name: string): boolean {
  return schema.required?.includes(name) ?? false;
}

/** A schema's type in a few words. */
function typeName(schema: JsonSchema): string {
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
  if (reference !== undefined) return link(reference);
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (type === 'array') return `array of ${typeName(items as JsonSchema)}`;
  if (format === 'uuid') return 'UUID';
  if (format === 'date-time') return 'time';
  if (values?.some((value) => String(value).startsWith('urn:'))) return '[problem type](#problems)';
  if (values) return values.map((value) => `\`${value}\``).join(', ');
  if (typeof additionalProperties === 'object') return `object of ${typeName(additionalProperties)}s`;
  if (type === 'integer') return `whole number${range(minimum, maximum)}`;
  return `${type}${maxLength === undefined ? '' : `, up to ${maxLength}`}`;
}

function range(minimum: number | undefined, maximum: number | undefined): string {
  const bounded = maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER;
  return bounded ? `, ${minimum} to ${maximum}` : '';
}

function link(reference: string): string {
  const name = reference.replace(/^.*\//, '');
  return `[${name}](#${name.toLowerCase()})`;
}
