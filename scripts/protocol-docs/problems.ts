import { type Problem, ProblemError, type ProblemType } from '../../functions/chat/problems';
import { problemDescriptions } from './descriptions';
import { type JsonSchema, propertiesOf } from './json-schema';

/** Every type of problem, with what is the same in each of its kind, by status. */
export function problemTypes(): (Problem & { description: string })[] {
  return Object.entries(problemDescriptions)
    .map(([type, description]) => ({
      ...new ProblemError(type as ProblemType, '').toProblem(),
      description,
    }))
    .sort((a, b) => a.status - b.status);
}

/** The schema of a problem, with its types and what goes with each. */
export function withProblemTypes(schema: JsonSchema): JsonSchema {
  const types = problemTypes();
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
