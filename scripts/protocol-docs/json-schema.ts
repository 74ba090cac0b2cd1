import * as z from 'zod/mini';
import { pushes, replies } from '../../functions/chat/protocol/replies';
import { requests } from '../../functions/chat/protocol/requests';
import { constraints, requestConstraints } from './constraints';
import { envelope, type Words } from './descriptions';
import { shared } from './shared';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The parts a frame can play. An action and its reply may share a name, so it is the part that tells them apart. */
export type Role = 'Request' | 'Reply' | 'Push';

/** The name of a frame's schema among the document's components. */
export function keyOf(role: Role, name: string): string {
  return `${name[0]?.toUpperCase()}${name.slice(1)}${role}`;
}

/** Every frame and shared object as JSON Schema without words, by its name among the document's components. */
export function convertedSchemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(shared)) registry.add(schema, { id: name });
  for (const [name, schema] of Object.entries(requests)) registry.add(schema, { id: keyOf('Request', name) });
  for (const [name, schema] of Object.entries(replies)) registry.add(schema, { id: keyOf('Reply', name) });
  for (const [name, schema] of Object.entries(pushes)) registry.add(schema, { id: keyOf('Push', name) });
  // Fields that are not named may come along in both directions; only the schemas of inputs allow that.
  const uri = (id: string) => `#/components/schemas/${id}`;
  return z.toJSONSchema(registry, { io: 'input', target: 'draft-07', uri }).schemas;
}

/** A schema with words at each of its fields. What stands beside a `$ref` is ignored, so it goes into an `allOf`. */
export function described(schema: JsonSchema, words: Words): JsonSchema {
  const fields = Object.entries(propertiesOf(schema)).map(([name, field]) => {
    const said = words[name];
    if (said === undefined) throw new Error(`nothing is said of the field ${name}`);
    if (typeof said !== 'string')
      return [name, { description: said.about, ...described(field, said.fields) }];
    return [name, { description: said, ...(field.$ref === undefined ? field : { allOf: [field] }) }];
  });
  const { type, required } = schema;
  return { type, properties: Object.fromEntries(fields), ...(required ? { required } : {}) };
}

/** A request has its `action`, and what its schema checks in code is put into JSON Schema's words. */
export function asRequest(action: string, schema: JsonSchema): JsonSchema {
  const fields = Object.entries(propertiesOf(schema)).map(([name, field]) => {
    return [name, { ...field, ...constraints[name] }];
  });
  return {
    ...schema,
    properties: {
      action: { description: envelope.action, type: 'string', const: action },
      ...Object.fromEntries(fields),
    },
    required: ['action', ...(schema.required ?? [])],
    ...requestConstraints[action],
  };
}

/** Of what the server sends, a format says enough; the patterns and bounds that Zod adds to it are noise. */
export function asSent(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_, value) => {
    if (value?.type === 'integer') return { description: value.description, type: 'integer' };
    if (value?.type === 'string' && value.format) return { ...value, pattern: undefined };
    return value;
  });
}

export function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return (schema.properties ?? {}) as Record<string, JsonSchema>;
}
