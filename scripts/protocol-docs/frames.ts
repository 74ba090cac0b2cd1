import {
  envelope,
  type FieldDescriptions,
  pushDescriptions,
  replyDescriptions,
  requestDescriptions,
  sharedDescriptions,
} from './descriptions';
import { pushExamples, replyExamples, requestExamples } from './examples';
import type { JsonSchema } from './json-schema';
import { addProblemTypes } from './problems';
import {
  addDescriptions,
  convertSchemas,
  type Role,
  toRequestSchema,
  toSchemaKey,
  toServerFrameSchema,
} from './schemas';

/** A frame with its schema, descriptions and example for the documents. */
export interface DocumentedFrame {
  /** Unique among all frames. */
  key: string;
  /** The `action` or `type` of the frame. */
  name: string;
  summary: string;
  schema: JsonSchema;
  example: object;
}

type FrameDescriptions = Readonly<Record<string, { summary: string; fields: FieldDescriptions }>>;

const schemas = convertSchemas();

export const requestFrames = documentFrames('Request', requestDescriptions, requestExamples);
export const replyFrames = documentFrames('Reply', replyDescriptions, replyExamples);
export const pushFrames = documentFrames('Push', pushDescriptions, pushExamples);

/** The schemas of objects that several frames contain, by name. */
export const sharedObjects: Record<string, JsonSchema> = Object.fromEntries(
  Object.entries<FrameDescriptions[string]>(sharedDescriptions).map(([name, { summary, fields }]) => {
    const described = addDescriptions(schemas[name] as JsonSchema, { type: envelope.problemType, ...fields });
    const schema = { description: summary, ...toServerFrameSchema(described) };
    return [name, name === 'Problem' ? addProblemTypes(schema) : schema];
  }),
);

function documentFrames(
  role: Role,
  descriptions: FrameDescriptions,
  examples: Record<string, object>,
): DocumentedFrame[] {
  return Object.entries(descriptions).map(([name, { summary, fields }]) => {
    const key = toSchemaKey(role, name);
    const id = role === 'Request' ? envelope.requestId : envelope.replyId;
    const schema = addDescriptions(schemas[key] as JsonSchema, { type: envelope.type, id, ...fields });
    return {
      key,
      name,
      summary,
      schema: role === 'Request' ? toRequestSchema(name, schema) : toServerFrameSchema(schema),
      example: examples[name] as object,
    };
  });
}
