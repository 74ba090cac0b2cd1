import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, type Service } from '../core/service';
import { readBody } from '../http/body';
import { reply } from '../http/reply';
import { formatQueryResponse, toXml } from '../http/xml';
import { describeMissingAction } from './aws-hosts';
import { createCallContext, type FindSigner } from './call-context';
import { MAX_BODY_BYTES, toAwsError } from './errors';
import { findSignedService } from './signed-service';

/** The XML namespaces of the services that use this protocol. */
const NAMESPACES: Readonly<Record<string, string>> = {
  cloudformation: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
};

/** Returns whether a request uses the AWS query protocol, which sends the action and its parameters as a form. */
export function isQueryRequest({ headers }: IncomingMessage): boolean {
  const { 'content-type': type = '' } = headers;
  return headers['x-amz-target'] === undefined && type.startsWith('application/x-www-form-urlencoded');
}

/**
 * Handles a request in the AWS query protocol. Responses are XML. The signature identifies the service. Never rejects.
 *
 * https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
 */
export async function handleQueryProtocol(
  services: Record<string, Service>,
  request: IncomingMessage,
  response: ServerResponse,
  log?: (line: object) => void,
  findSigner?: FindSigner,
): Promise<void> {
  const service = findSignedService(request) ?? '';
  const namespace = Object.hasOwn(NAMESPACES, service) ? NAMESPACES[service] : undefined;
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    if (request.headers.authorization === undefined)
      throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
    const {
      Action: action = '',
      Version: _,
      ...input
    } = Object.fromEntries(new URLSearchParams(body?.toString()));
    const found = namespace === undefined ? undefined : services[service];
    if (!found) throw new AwsError('NotEmulated', describeGap(services, service, action));
    const output = await found.call(action, input, createCallContext(request, findSigner));
    reply(response, 200, 'text/xml', formatQueryResponse(action, namespace ?? '', output, randomUUID()));
  } catch (error) {
    if (request.destroyed && !request.complete) return;
    const { status, code, message } = toAwsError(error, log);
    const type = status < 500 ? 'Sender' : 'Receiver';
    const content = toXml({ Error: { Type: type, Code: code, Message: message }, RequestId: randomUUID() });
    const attribute = namespace === undefined ? '' : ` xmlns="${namespace}"`;
    reply(response, status, 'text/xml', `<ErrorResponse${attribute}>${content}</ErrorResponse>`);
  }
}

function describeGap(services: Record<string, Service>, service: string, action: string): string {
  if (!Object.hasOwn(services, service)) return describeMissingAction(service, action);
  return `sam-offline serves ${service} with JSON protocols only. Update the SDK or the AWS CLI.`;
}
