import type { IncomingMessage } from 'node:http';
import type { RestRequestFacts } from './event';
import { GatewayError } from './gateway-response';

/**
 * Validates the required parameters and then the body of a request, if the method requires it.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
 *
 * @throws GatewayError with status 400
 */
export async function checkRequest(request: IncomingMessage, facts: RestRequestFacts): Promise<void> {
  const { validation } = facts.match.route;
  if (!validation) return;
  const { parameters, schemas } = validation;
  const missing = parameters.filter((source) => !hasParameter(source, request, facts));
  if (missing.length > 0) {
    const names = missing.map((source) => source.split('.').slice(3).join('.')).join(', ');
    const message = `Missing required request parameters: [${names}]`;
    throw new GatewayError({ type: 'BAD_REQUEST_PARAMETERS', message });
  }
  const contentType = request.headers['content-type']?.split(';')[0]?.trim() ?? 'application/json';
  const schema = schemas?.[contentType];
  if (schema && !(await isValid(schema, facts.body))) throw new GatewayError({ type: 'BAD_REQUEST_BODY' });
}

/** Returns whether a request contains a required parameter. An empty value counts as missing. */
function hasParameter(
  source: string,
  { headers, url = '' }: IncomingMessage,
  facts: RestRequestFacts,
): boolean {
  const [, , kind, ...rest] = source.split('.');
  const name = rest.join('.');
  if (kind === 'header') return Boolean(headers[name.toLowerCase()]);
  if (kind === 'path') return Boolean(facts.match.pathParameters[name]);
  return Boolean(new URLSearchParams(/\?(.*)$/s.exec(url)?.[1] ?? '').get(name));
}

/** Returns whether a body matches a schema. Loads the library on first use, because most applications do not need it. */
async function isValid(schema: object, body: Buffer): Promise<boolean> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    return false;
  }
  const { Validator } = await import('@cfworker/json-schema');
  return new Validator(schema, '4').validate(value).valid;
}
