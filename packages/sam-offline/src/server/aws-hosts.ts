import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AwsHost } from '../aws/aws-host';
import { escapeHtml } from '../http/escape-html';
import { reply } from '../http/reply';
import type { FindSigner } from './call-context';
import { findSignedService } from './signed-service';

/** The error code that functions receive for requests that the runtime does not emulate. */
const CODE = 'NotEmulated';

/** Explains that the runtime does not emulate a service or an action. */
export function describeMissingAction(service: string, action: string): string {
  const call = action === '' ? service : `${service}:${action}`;
  return `sam-offline does not emulate ${call}.`;
}

/** Explains why the runtime rejects a request to an AWS host. */
export function describeRejection(
  { service, region }: AwsHost,
  { headers: { host } }: IncomingMessage,
  appRegion: string | undefined,
): string {
  if (region !== undefined && region !== appRegion) {
    return (
      `The application runs in ${appRegion}, but the request is for ${region} (${host}). ` +
      `To run it there, set the environment variable AWS_REGION=${region}.`
    );
  }
  return `sam-offline does not emulate ${service} (${host}).`;
}

/**
 * Rejects a request from a function to an AWS host, and logs the rejection with the function's name. Requests to AWS never
 * leave this machine.
 */
export function rejectAwsRequest(
  request: IncomingMessage,
  response: ServerResponse,
  message: string,
  { log, findSigner }: { log?: (line: object) => void; findSigner?: FindSigner },
): void {
  request.resume();
  const signer = findSigner?.(request.headers.authorization);
  const functionName = signer?.replace(/^.*:/, '');
  log?.({ failed: 'aws-request', ...(functionName === undefined ? {} : { functionName }), reason: message });
  const headers = { 'x-amzn-errortype': CODE, 'x-amzn-requestid': randomUUID() };
  const { contentType, body } = formatError(request, message, findSignedService(request));
  reply(response, 400, contentType, body, headers);
}

/** Formats an error in the protocol of the request, so that SDK clients can parse the message. */
function formatError(
  { headers }: IncomingMessage,
  message: string,
  service: string | undefined,
): { contentType: string; body: string } {
  const { 'content-type': requestType = '', host = '' } = headers;
  if (requestType.includes('json')) {
    return { contentType: requestType, body: JSON.stringify({ __type: CODE, message }) };
  }
  const isS3 = service === 's3' || /(?:^|\.)s3[.-]/.test(host);
  const isQuery = requestType.startsWith('application/x-www-form-urlencoded');
  if (!isS3 && !isQuery) return { contentType: 'application/json', body: JSON.stringify({ message }) };
  const error = `<Error><Code>${CODE}</Code><Message>${escapeHtml(message)}</Message></Error>`;
  return { contentType: 'text/xml', body: isS3 ? error : `<ErrorResponse>${error}</ErrorResponse>` };
}
