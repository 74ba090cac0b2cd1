import * as z from 'zod/mini';
import { pushes, replies } from '../../chat/protocol/replies';
import { requests } from '../../chat/protocol/requests';
import { constraints, requestConstraints } from './constraints';
import { envelope, type FieldDescriptions } from './descriptions';
import { type JsonSchema, propertiesOf } from './json-schema';
import { shared } from './shared';

/** The role of a frame. The key of a schema includes the role, because an action and its reply can have the same name. */
export type Role = 'Request' | 'Reply' | 'Push';

/** Returns the key of a frame's schema in the components of the document. */
export function toSchemaKey(role: Role, name: string): string {
  return `${name[0]?.toUpperCase()}${name.slice(1)}${role}`;
}

/** Converts every frame and shared object to JSON Schema, by component key. The result has no descriptions. */
export function convertSchemas(): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [name, schema] of Object.entries(shared)) registry.add(schema, { id: name });
  for (const [role, schemas] of [
    ['Request', requests],
    ['Reply', replies],
    ['Push', pushes],
  ] as const) {
    for (const [name, schema] of Object.entries(schemas)) {
      registry.add(schema, { id: toSchemaKey(role, name) });
    }
  }
  // Unknown fields are allowed in both directions. Zod expresses this only in input schemas.
  const uri = (id: string) => `#/components/schemas/${id}`;
  return z.toJSONSchema(registry, { io: 'input', target: 'draft-07', uri }).schemas;
}

/** Adds a description to each field. Moves references into `allOf`, because JSON Schema ignores siblings of `$ref`. */
export function addDescriptions(schema: JsonSchema, descriptions: FieldDescriptions): JsonSchema {
  const fields = Object.entries(propertiesOf(schema)).map(([name, field]) => {
    const entry = descriptions[name];
    if (entry === undefined) throw new Error(`The field ${name} has no description.`);
    if (typeof entry !== 'string') {
      return [name, { description: entry.description, ...addDescriptions(field, entry.fields) }];
    }
    return [name, { description: entry, ...(field.$ref === undefined ? field : { allOf: [field] }) }];
  });
  const { type, required } = schema;
  return { type, properties: Object.fromEntries(fields), ...(required ? { required } : {}) };
}

/** Adds `action`, and the constraints that the Zod schema checks in code. */
export function toRequestSchema(action: string, schema: JsonSchema): JsonSchema {
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

/** Removes the patterns and bounds that Zod adds to formats. For frames from the server, the format is sufficient. */
export function toServerFrameSchema(schema: JsonSchema): JsonSchema {
  return JSON.parse(JSON.stringify(schema), (_, value) => {
    if (value?.type === 'integer') return { description: value.description, type: 'integer' };
    if (value?.type === 'string' && value.format) return { ...value, pattern: undefined };
    return value;
  });
}
