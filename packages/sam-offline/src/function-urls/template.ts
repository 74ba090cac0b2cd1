import { formatFunctionUrlHost } from '../aws/aws-host';
import type { CorsModel } from '../http-invocation/cors';
import { matchesWildcard } from '../iam/policy';
import type { PropertyMap } from '../template/property-map';
import {
  FUNCTION,
  FUNCTION_URL,
  FUNCTIONS,
  type NamedResource,
  PERMISSION,
} from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { expandFunctionUrl } from './expand-url';
import type { FunctionUrlModel } from './model';

/** Creates the URL ID. As on AWS, it has 32 characters. */
const getUrlId = (url: NamedResource) => url.deployment.createId(url.logicalId, 32);

function getFunctionArn(url: NamedResource): string {
  const target = url.getProperty('TargetFunctionArn') ?? '';
  return target.startsWith('arn:') ? target : url.deployment.formatArn('lambda', `function:${target}`);
}

/** Reads function URLs. */
export const functionUrlsTemplate: ServiceTemplate<{ readonly functionUrls: readonly FunctionUrlModel[] }> = {
  types: {
    [FUNCTION_URL]: {
      ref: getFunctionArn,
      attributes: {
        FunctionArn: getFunctionArn,
        FunctionUrl: (url) => `https://${formatFunctionUrlHost(getUrlId(url), url.deployment.region)}/`,
      },
    },
  },
  expansions: { [FUNCTION]: expandFunctionUrl },
  createModels(stack) {
    const urls = stack.listResourcesOf(FUNCTION_URL);
    reportSecondUrls(urls);
    return { functionUrls: urls.flatMap((url) => createUrlModel(url, stack) ?? []) };
  },
};

/**
 * Reports a second URL of a function or alias. A function and each of its aliases can have one URL:
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
 */
function reportSecondUrls(urls: readonly StackResource[]): void {
  const found = new Map<string, StackResource>();
  for (const url of urls) {
    const target = `${url.refValue}:${url.properties.getString('Qualifier') ?? ''}`;
    const other = found.get(target);
    if (other)
      url.properties.addProblem(
        `The function already has the URL ${other.logicalId}. Remove one, or set another Qualifier.`,
      );
    found.set(target, url);
  }
}

/**
 * Creates the model of an AWS::Lambda::Url. If the function is not in the template, marks the resource as unsupported and
 * returns undefined.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-url.html
 */
function createUrlModel(url: StackResource, stack: Stack): FunctionUrlModel | undefined {
  const { properties, logicalId } = url;
  properties.checkKeys(url.type, {
    emulated: ['AuthType', 'Cors', 'InvokeMode', 'TargetFunctionArn'],
    inert: ['Qualifier'],
  });
  const isStreamed = properties.getEnum('InvokeMode', ['BUFFERED', 'RESPONSE_STREAM']) === 'RESPONSE_STREAM';
  properties.requireKey('AuthType');
  const authType = properties.getEnum('AuthType', ['AWS_IAM', 'NONE']);
  const name = properties
    .requireString('TargetFunctionArn')
    .replace(/^.*:function:/, '')
    .split(':')[0];
  const fn = stack.listResourcesOf(...FUNCTIONS).find((found) => found.name === name);
  if (!fn) {
    url.markUnsupported('The URL is not served, because its function is not in the template.');
    return undefined;
  }
  const denial = authType === 'NONE' ? findDenial(fn, stack) : undefined;
  if (denial !== undefined) properties.report('warning', denial, 'AuthType');
  const cors = properties.getMap('Cors');
  return {
    logicalId,
    urlId: getUrlId(url),
    functionArn: fn.getAttribute('Arn') ?? '',
    requiresIam: authType === 'AWS_IAM',
    ...(isStreamed ? { isStreamed } : {}),
    ...(denial === undefined ? {} : { denial }),
    ...(cors && { cors: createCors(cors) }),
  };
}

/** The permissions that a public URL requires since October 2025, and their conditions. */
const REQUIRED_PERMISSIONS = [
  ['lambda:InvokeFunctionUrl', 'FunctionUrlAuthType NONE'],
  ['lambda:InvokeFunction', 'InvokedViaFunctionUrl true'],
] as const;

/**
 * Returns the reason if a public URL responds with 403, because the function lacks a permission for all principals.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
 */
function findDenial(fn: StackResource, stack: Stack): string | undefined {
  const permissions = stack
    .listResourcesOf(PERMISSION)
    .map(({ properties }) => properties)
    .filter(
      (properties) =>
        properties.getString('Principal') === '*' &&
        properties.getString('FunctionUrlAuthType') !== 'AWS_IAM' &&
        [fn.name, fn.getAttribute('Arn')].includes(properties.getString('FunctionName') ?? ''),
    );
  const allows = (action: string) =>
    permissions.some((properties) =>
      matchesWildcard((properties.getString('Action') ?? '').toLowerCase(), action.toLowerCase()),
    );
  const missing = REQUIRED_PERMISSIONS.find(([action]) => !allows(action));
  if (!missing) return undefined;
  const [action, condition] = missing;
  return (
    `Requests to the URL of ${fn.logicalId} are forbidden. Add an AWS::Lambda::Permission with the action ` +
    `${action}, the principal * and ${condition}.`
  );
}

/** https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors */
function createCors(cors: PropertyMap): CorsModel {
  cors.checkKeys('Cors', {
    emulated: [
      ...['AllowCredentials', 'AllowHeaders', 'AllowMethods', 'AllowOrigins', 'ExposeHeaders', 'MaxAge'],
    ],
  });
  const read = (key: string) => (cors.has(key) ? cors.requireStrings(key) : []);
  const maxAgeSeconds = cors.getInteger('MaxAge', 0, 86_400);
  return {
    allowOrigins: read('AllowOrigins'),
    allowMethods: read('AllowMethods').map((method) => method.toUpperCase()),
    allowHeaders: read('AllowHeaders').map((header) => header.toLowerCase()),
    exposeHeaders: read('ExposeHeaders'),
    allowCredentials: cors.getBoolean('AllowCredentials') === true,
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  };
}
