import { StateError } from '../errors';
import { requireInput, toText } from './task-input';
import type { RunTask } from './task-runner';

/**
 * Runs `apigateway:invoke`, which sends a request to a route of an API or to `@connections`. If the status is 400 or higher,
 * the task fails with the error `ApiGateway.<status>`.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
 */
export const invokeApi: RunTask = async (args, { invoke, context }) => {
  const { RequestBody, ...request } = requireInput(args);
  const body = RequestBody === undefined ? {} : { RequestBody: toText(RequestBody) };
  const response = await invoke('execute-api', 'Invoke', { ...request, ...body }, context);
  const status = Number(response.StatusCode);
  if (status < 400) return response;
  throw new StateError(`ApiGateway.${status}`, toText(response.ResponseBody));
};
