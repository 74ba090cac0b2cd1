import { compileSelection } from '../api-gateway/selection-expression';
import type { ValidationModel } from './model';

/**
 * Returns whether a message is valid for the model that the expression selects. If it selects no model, the model `$default`
 * applies. Without a model, the message is invalid. The library is loaded on first use, because most applications do not need
 * it.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-request-validation.html
 */
export async function isValidMessage(
  { selection, schemas }: ValidationModel,
  body: string,
): Promise<boolean> {
  const key = compileSelection(selection)({ body });
  const schema = key !== undefined && Object.hasOwn(schemas, key) ? schemas[key] : schemas.$default;
  if (typeof schema !== 'object' || schema === null) return false;
  let message: unknown;
  try {
    message = JSON.parse(body);
  } catch {
    return false;
  }
  const { Validator } = await import('@cfworker/json-schema');
  return new Validator(schema, '4').validate(message).valid;
}
