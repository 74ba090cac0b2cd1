import {
  envelope,
  pushDescriptions,
  replyDescriptions,
  requestDescriptions,
  sharedDescriptions,
  type Words,
} from './descriptions';
import { pushExamples, replyExamples, requestExamples } from './examples';
import {
  asRequest,
  asSent,
  convertedSchemas,
  described,
  type JsonSchema,
  keyOf,
  type Role,
} from './json-schema';
import { withProblemTypes } from './problems';

/** A frame as the documents have it. */
export interface DocumentedFrame {
  /** Unique among all frames. */
  key: string;
  /** Its `action` or `type`. */
  name: string;
  summary: string;
  schema: JsonSchema;
  example: object;
}

type Descriptions = Readonly<Record<string, { summary: string; fields: Words }>>;

const schemas = convertedSchemas();

export const requestFrames = frames('Request', requestDescriptions, requestExamples);
export const replyFrames = frames('Reply', replyDescriptions, replyExamples);
export const pushFrames = frames('Push', pushDescriptions, pushExamples);

/** The objects that several frames hold, by name. */
export const sharedObjects: Record<string, JsonSchema> = Object.fromEntries(
  Object.entries<Descriptions[string]>(sharedDescriptions).map(([name, { summary, fields }]) => {
    const words = { type: envelope.problemType, ...fields };
    const schema = { description: summary, ...asSent(described(schemas[name] as JsonSchema, words)) };
    return [name, name === 'Problem' ? withProblemTypes(schema) : schema];
  }),
);

function frames(role: Role, descriptions: Descriptions, examples: Record<string, object>): DocumentedFrame[] {
  return Object.entries(descriptions).map(([name, { summary, fields }]) => {
    const key = keyOf(role, name);
    const id = role === 'Request' ? envelope.requestId : envelope.replyId;
    const schema = described(schemas[key] as JsonSchema, { type: envelope.type, id, ...fields });
    return {
      key,
      name,
      summary,
      schema: role === 'Request' ? asRequest(name, schema) : asSent(schema),
      example: examples[name] as object,
    };
  });
}
