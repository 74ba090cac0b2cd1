import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type JsonObject, type Service } from '../core/service';
import { decodePath } from '../http/decode';
import { replyJson } from '../http/reply';
import { createCallContext, type FindSigner } from './call-context';
import { replyLambdaError } from './lambda-rest';

/** An action of the Lambda API that describes functions. */
interface ConfigurationAction {
  readonly action: 'ListFunctions' | 'GetFunction' | 'GetFunctionConfiguration';
  readonly input: JsonObject;
}

const FUNCTIONS = /^\/2015-03-31\/functions(?:\/([^/?]+)(\/configuration)?)?\/?(?:\?|$)/;

/** Returns the action of a `GET` request that reads functions, or undefined for other requests. */
export function findConfigurationAction({
  method,
  url = '',
}: IncomingMessage): ConfigurationAction | undefined {
  const match = method === 'GET' ? FUNCTIONS.exec(url) : null;
  if (!match) return undefined;
  const [, name, configuration] = match;
  if (name === undefined) return { action: 'ListFunctions', input: {} };
  const input = { FunctionName: decodePath(name) };
  return { action: configuration === undefined ? 'GetFunction' : 'GetFunctionConfiguration', input };
}

/** Handles ListFunctions, GetFunction and GetFunctionConfiguration of the Lambda REST API. Never rejects. */
export async function handleConfiguration(
  lambda: Service,
  { action, input }: ConfigurationAction,
  request: IncomingMessage,
  response: ServerResponse,
  log?: (line: object) => void,
  findSigner?: FindSigner,
): Promise<void> {
  request.resume();
  try {
    if (request.headers.authorization === undefined)
      throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token', 403);
    const output = await lambda.call(action, input, createCallContext(request, findSigner));
    replyJson(response, 200, output);
  } catch (error) {
    replyLambdaError(response, error, log);
  }
}
