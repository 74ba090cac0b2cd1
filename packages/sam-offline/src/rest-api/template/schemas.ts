import { isObject, type JsonObject } from '../../core/service';

/** Creates a self-contained schema. It includes the schemas that it can refer to. */
export function createSchema(schema: JsonObject, document: JsonObject): object {
  const { definitions, components } = document;
  return {
    allOf: [schema],
    ...(isObject(definitions) ? { definitions } : {}),
    ...(isObject(components) ? { components } : {}),
  };
}

/** The URL that models use to refer to other models of their API. */
const MODEL_URL = /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[^/]+\/models\//;

/** Replaces references to other models with references within the document. */
export function localizeReferences(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(localizeReferences);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === '$ref' && typeof member === 'string'
        ? member.replace(MODEL_URL, '#/definitions/')
        : localizeReferences(member),
    ]),
  );
}
