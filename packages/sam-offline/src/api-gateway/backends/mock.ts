import { MappingError } from '../mapping/run';
import type { Backend } from './types';

/**
 * Returns a response without a body. The mapped request contains the status code: `{"statusCode": 200}`. As in REST APIs, a
 * request without a status code fails with status 500.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
 */
export const mockBackend: Backend = async ({ body }) => {
  const statusCode = readStatusCode(body);
  if (statusCode === undefined) {
    const reason = 'The request template of a MOCK integration must return JSON with a statusCode.';
    throw new MappingError(500, 'Internal server error', reason);
  }
  return { statusCode, headers: {}, body: '' };
};

/**
 * Reads the status code. API Gateway also accepts keys without quotes. For example, the AWS CDK generates `{ statusCode: 200
 * }`.
 */
function readStatusCode(body: string): number | undefined {
  const [, statusCode] = /^\s*\{[\s\S]*["']?\bstatusCode["']?\s*:\s*["']?(\d{3})\b/.exec(body) ?? [];
  return statusCode === undefined ? undefined : Number(statusCode);
}
