import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../core/service';
import { createDefinitionError, RUNTIME_ERROR } from '../errors';

/** Returns the arguments of a service integration as an API input. */
export function requireInput(args: unknown): JsonObject {
  if (typeof args === 'object' && args !== null && !Array.isArray(args)) return args as JsonObject;
  throw createDefinitionError(RUNTIME_ERROR, 'The Arguments of a service integration must be an object.');
}

/** Returns a string unchanged, and other values as JSON. */
export function toText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Returns the metadata that optimized integrations add to the API response. */
export function createSdkMetadata(status: unknown): JsonObject {
  const id = randomUUID();
  return {
    SdkHttpMetadata: {
      AllHttpHeaders: { 'Content-Type': ['application/json'], 'x-amzn-RequestId': [id] },
      HttpHeaders: { 'Content-Type': 'application/json', 'x-amzn-RequestId': id },
      HttpStatusCode: status,
    },
    SdkResponseMetadata: { RequestId: id },
  };
}
