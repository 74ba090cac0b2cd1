import { type Problem, ProblemError, type ProblemType } from '../../chat/protocol/problems';
import { problemDescriptions } from './descriptions';
import { type JsonSchema, propertiesOf } from './json-schema';

/** Lists all problem types with their title, status and description, sorted by status. */
export function listProblemTypes(): (Problem & { description: string })[] {
  return Object.entries(problemDescriptions)
    .map(([type, description]) => ({
      ...new ProblemError(type as ProblemType, '').toProblem(),
      description,
    }))
    .sort((a, b) => a.status - b.status);
}

/** Adds all problem types, with their status and retry behavior, to the schema of a problem. */
export function addProblemTypes(schema: JsonSchema): JsonSchema {
  const types = listProblemTypes();
  const properties = propertiesOf(schema);
  return {
    ...schema,
    properties: { ...properties, type: { ...properties.type, enum: types.map(({ type }) => type) } },
    oneOf: types.map(({ type, title, status, temporary, description }) => ({
      title,
      description,
      properties: { type: { const: type }, status: { const: status }, temporary: { const: temporary } },
    })),
  };
}
