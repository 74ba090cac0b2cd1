import { isSupportedService } from '../../api-gateway/backends/supported';
import { parseServiceUri } from '../../api-gateway/backends/uri';
import { findRoleDenial, readCredentials } from '../../api-gateway/credentials-template';
import type { CredentialsModel } from '../../api-gateway/model';
import { findInvokeDenial } from '../../api-gateway/permissions';
import { isObject } from '../../core/service';
import { PropertyMap } from '../../template/property-map';
import { FUNCTIONS } from '../../template/resource-types';
import type { Stack } from '../../template/stack/stack';
import { createMap, createScalar } from '../../template/yaml/node';
import type { RestIntegrationModel, RestIntegrationResponse, RestMappedIntegration } from '../model';
import { type IntegrationDefinition, type MethodDefinition, readTexts } from './definition';

/** The stage of a method. */
export interface StageContext {
  /** The logical ID of the API. */
  readonly logicalId: string;
  readonly apiId: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly stack: Stack;
}

/** The maximum timeout on AWS, which is also the default. Accounts can request a higher quota for regional APIs. */
const MAX_TIMEOUT_MILLIS = 29_000;

const TYPES = ['AWS_PROXY', 'AWS', 'HTTP', 'HTTP_PROXY', 'MOCK'] as const;
const PASSTHROUGH = ['WHEN_NO_MATCH', 'WHEN_NO_TEMPLATES', 'NEVER'] as const;

/** Creates the integration of a method. Reports problems at the method's location. */
export function createIntegration(
  definition: IntegrationDefinition,
  method: MethodDefinition,
  context: StageContext,
): RestIntegrationModel {
  const { at } = method;
  const type = TYPES.find((each) => each === String(definition.type).toUpperCase());
  if (!type) at.addProblem(`The integration of ${describe(method)} must have the type ${TYPES.join(' or ')}`);
  if (definition.connectionType !== undefined && definition.connectionType !== 'INTERNET')
    at.report('unsupported', `The runtime does not emulate VPC links, which ${describe(method)} uses.`);
  const timeoutMillis = readTimeout(definition, method);
  if (type === 'AWS_PROXY') {
    const target = readFunction(definition, method, context);
    const denial =
      target.denial ??
      (definition.httpMethod === undefined ? undefined : findMethodDenial(definition, method));
    return {
      type,
      timeoutMillis,
      functionArn: target.functionArn,
      ...(definition.responseTransferMode === 'STREAM' ? { isStreamed: true } : {}),
      ...(denial === undefined ? {} : { denial }),
    };
  }
  return createMapped(type ?? 'MOCK', definition, method, context, timeoutMillis);
}

export function describe({ method, path }: Pick<MethodDefinition, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

/** Returns why the integration's method cannot invoke a function. The Lambda API requires POST. */
function findMethodDenial(
  { httpMethod }: IntegrationDefinition,
  method: MethodDefinition,
): string | undefined {
  if (String(httpMethod).toUpperCase() === 'POST') return undefined;
  const denial = `The integration of ${describe(method)} must have the method POST, because it invokes a function.`;
  method.at.report('warning', `${denial} Until then, it answers with status 500.`);
  return denial;
}

function readTimeout({ timeoutInMillis }: IntegrationDefinition, { at }: MethodDefinition): number {
  if (timeoutInMillis === undefined) return MAX_TIMEOUT_MILLIS;
  const value = Number(timeoutInMillis);
  if (!Number.isInteger(value) || value < 50)
    at.addProblem(`The timeout of an integration must be at least 50 ms, but is ${timeoutInMillis}`);
  if (value > MAX_TIMEOUT_MILLIS)
    at.report('warning', `A timeout over ${MAX_TIMEOUT_MILLIS} ms requires a higher quota of the account.`);
  return value;
}

interface FunctionTarget {
  readonly functionArn: string;
  readonly denial?: string;
}

/** Returns the function in an invocation URI, and why API Gateway may not invoke the function. */
function readFunction(
  definition: IntegrationDefinition,
  method: MethodDefinition,
  context: StageContext,
): FunctionTarget {
  const { stack, stageVariables, apiId, stage } = context;
  const uri = String(definition.uri ?? '').replace(
    /\$\{stageVariables\.(\w+)\}/g,
    (_, name: string) => stageVariables[name] ?? '',
  );
  const arn =
    /:lambda:path\/[\d-]+\/functions\/([^/]+)\/(?:invocations|response-streaming-invocations)$/.exec(
      uri,
    )?.[1];
  const fn = arn === undefined ? undefined : stack.findByArn(arn);
  if (!fn || !(FUNCTIONS as readonly string[]).includes(fn.type)) {
    const denial = `The integration of ${describe(method)} must have the invocation URI of a function of the template, but has ${uri}.`;
    method.at.report('unsupported', `${denial} Requests fail with status 500.`);
    return { functionArn: arn ?? uri, denial };
  }
  const functionArn = fn.getAttribute('Arn') ?? '';
  const credentials = readRole(definition, method, context);
  const path = `${method.method === 'ANY' ? '*' : method.method}${method.path}`;
  const sourceArn = stack.deployment.formatArn('execute-api', `${apiId}/${stage}/${path}`);
  const denial =
    credentials === 'caller'
      ? undefined
      : credentials
        ? findRoleDenial(credentials, functionArn)
        : findInvokeDenial(functionArn, sourceArn, stack);
  if (denial === undefined) return { functionArn };
  method.at.report('warning', `${denial} Until then, the method answers with status 500.`);
  return { functionArn, denial };
}

/**
 * Returns the role of an integration. Returns `caller` for the ARN `arn:aws:iam::*:user/*`, which stands for the caller's
 * credentials.
 */
function readRole({ credentials }: IntegrationDefinition, { at }: MethodDefinition, context: StageContext) {
  if (typeof credentials !== 'string') return undefined;
  if (/:iam::\*:user\/\*$/.test(credentials)) return 'caller';
  const { stack, logicalId } = context;
  const node = createMap(at.location, { credentials: createScalar(at.location, credentials) });
  const properties = new PropertyMap(node, stack.problems);
  return readCredentials({ logicalId, deployment: stack.deployment, properties }, 'credentials', stack);
}

/** Creates the role that SAM generates for a state machine's Api event. */
function createExecutionRole(
  { startsExecutionOf: arn }: IntegrationDefinition,
  { stack, logicalId }: StageContext,
): CredentialsModel | undefined {
  if (typeof arn !== 'string') return undefined;
  const name = `${logicalId}StartExecutionRole`;
  const statements = [{ Effect: 'Allow', Action: 'states:StartExecution', Resource: arn }] as const;
  const roleArn = stack.deployment.formatGlobalArn('iam', `role/${name}`);
  return { arn: roleArn, name, logicalId: name, role: { statements, unresolved: [] } };
}

function createMapped(
  type: RestMappedIntegration['type'],
  definition: IntegrationDefinition,
  method: MethodDefinition,
  context: StageContext,
  timeoutMillis: number,
): RestMappedIntegration {
  const uri = String(definition.uri ?? '');
  const service = type === 'AWS' ? parseServiceUri(uri) : undefined;
  const isFunction = service?.service === 'lambda';
  const credentials = isFunction
    ? undefined
    : (createExecutionRole(definition, context) ?? readRole(definition, method, context));
  if (type === 'AWS' && !isFunction) checkService(uri, credentials !== undefined, method);
  if (definition.contentHandling === 'CONVERT_TO_BINARY')
    method.at.report('unsupported', `The request of ${describe(method)} is not converted to binary data.`);
  const passthrough = PASSTHROUGH.find(
    (each) => each === String(definition.passthroughBehavior ?? 'WHEN_NO_MATCH').toUpperCase(),
  );
  const parameters = Object.entries(readTexts(definition.requestParameters));
  return {
    type,
    uri,
    method: String(definition.httpMethod ?? 'POST').toUpperCase(),
    timeoutMillis,
    passthrough: passthrough ?? 'WHEN_NO_MATCH',
    requestParameters: Object.fromEntries(
      parameters.map(([target, source]) => [target, source.replace(/^method\.request\./, 'route.request.')]),
    ),
    requestTemplates: readTexts(definition.requestTemplates),
    responses: createResponses(definition, method),
    ...(credentials && credentials !== 'caller' ? { credentials } : {}),
    ...(isFunction ? readFunction(definition, method, context) : {}),
  };
}

function checkService(uri: string, hasRole: boolean, method: MethodDefinition): void {
  const service = parseServiceUri(uri);
  if (!service || !isSupportedService(service)) {
    const name = service?.service ?? uri;
    const message = `The runtime does not emulate ${name}, which ${describe(method)} calls. Requests fail with status 500.`;
    method.at.report('unsupported', message);
  } else if (!hasRole) {
    method.at.report(
      'warning',
      `${describe(method)} has no credentials, so API Gateway cannot call the service.`,
    );
  }
}

/** Creates the integration responses. The key of each response is a pattern or `default`. */
function createResponses(
  { responses }: IntegrationDefinition,
  method: MethodDefinition,
): RestIntegrationResponse[] {
  return Object.entries(isObject(responses) ? responses : {}).map(([key, value]) => {
    const response = isObject(value) ? value : {};
    const statusCode = Number(response.statusCode ?? 200);
    const declared = Object.hasOwn(method.responses, statusCode) ? method.responses[statusCode] : undefined;
    const parameters = Object.entries(readTexts(response.responseParameters));
    const headers = parameters.map(([target, source]) => [
      target.replace(/^method\.response\.header\./, ''),
      source,
    ]);
    const names = declared?.map((name) => name.toLowerCase()) ?? [];
    const unknown = headers.find(([name = '']) => !names.includes(name.toLowerCase()))?.[0];
    if (declared && unknown !== undefined) {
      const parameter = `method.response.header.${unknown}`;
      method.at.addProblem(
        `Invalid mapping expression parameter specified: ${parameter}. Declare the header in the method response ${statusCode} of ${describe(method)}.`,
      );
    }
    return {
      ...(key === 'default' ? {} : { pattern: key }),
      statusCode,
      isDeclared: declared !== undefined,
      headers: Object.fromEntries(headers),
      templates: readTexts(response.responseTemplates),
    };
  });
}
