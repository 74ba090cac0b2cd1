import type * as z from 'zod/mini';

export type JsonSchema = z.core.JSONSchema.BaseSchema;

export function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return (schema.properties ?? {}) as Record<string, JsonSchema>;
}
