import type { CorsModel } from '../http-invocation/cors';
import type { PropertyMap } from '../template/property-map';
import type { StackResource } from '../template/stack/stack-resource';
import { parseIntrinsic } from '../template/yaml/node';

/** Matches `*`, or a scheme and a host. `https://*` and `http://*` allow every origin with the scheme. */
const ORIGIN = /^(?:\*|[a-z][a-z0-9+.-]*:\/\/[^/\s]+)$/i;

const KEYS = ['AllowOrigins', 'AllowMethods', 'AllowHeaders', 'ExposeHeaders', 'MaxAge', 'AllowCredentials'];

/** The member of an OpenAPI document that has the same members as CorsConfiguration, in camel case. */
const EXTENSION = 'x-amazon-apigateway-cors';

/** Reads the CORS configuration of an HTTP API from its properties or, if they have none, from its OpenAPI document. */
export function createCorsModel(resource: StackResource): CorsModel | undefined {
  const { properties } = resource;
  if (!properties.has('CorsConfiguration')) {
    const body = properties.getMap(properties.has('DefinitionBody') ? 'DefinitionBody' : 'Body');
    const extension = body?.getMap(EXTENSION);
    return extension && readCors(extension, EXTENSION, (key) => key.charAt(0).toLowerCase() + key.slice(1));
  }
  const value = properties.getValue('CorsConfiguration');
  if (value === false || value === 'false') return undefined;
  if (value === true || value === 'true') return { ...NO_CORS, allowOrigins: ['*'] };
  rejectIntrinsicOrigins(resource);
  return readCors(properties.requireMap('CorsConfiguration'), 'CorsConfiguration', (key) => key);
}

/** @param toName returns the name of a member in the configuration */
function readCors(configuration: PropertyMap, title: string, toName: (key: string) => string): CorsModel {
  const strings = (key: string) => configuration.getStrings(toName(key));
  configuration.checkKeys(title, { emulated: KEYS.map(toName) });
  const cors = {
    allowOrigins: strings('AllowOrigins'),
    allowMethods: strings('AllowMethods').map((method) => method.toUpperCase()),
    allowHeaders: strings('AllowHeaders').map((header) => header.toLowerCase()),
    exposeHeaders: strings('ExposeHeaders'),
    allowCredentials: configuration.getBoolean(toName('AllowCredentials')) ?? false,
  };
  const maxAgeSeconds = configuration.getInteger(toName('MaxAge'), -1, 86_400);
  const invalid = cors.allowOrigins.find((origin) => !ORIGIN.test(origin));
  if (invalid !== undefined)
    configuration.addProblem(
      `must contain origins or *, but contains ${JSON.stringify(invalid)}`,
      toName('AllowOrigins'),
    );
  if (cors.allowCredentials && cors.allowOrigins.includes('*')) {
    configuration.addProblem(
      'AllowCredentials cannot be combined with the origin *. List the origins.',
      toName('AllowCredentials'),
    );
  }
  return { ...cors, ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }) };
}

const NO_CORS: CorsModel = {
  allowOrigins: [],
  allowMethods: [],
  allowHeaders: [],
  exposeHeaders: [],
  allowCredentials: false,
};

/** Reports an AllowOrigins that is an intrinsic function, because SAM replaces the whole CORS configuration with it. */
function rejectIntrinsicOrigins(resource: StackResource): void {
  const rawConfiguration = resource.getRawProperty('CorsConfiguration');
  if (rawConfiguration?.kind !== 'map' || parseIntrinsic(rawConfiguration)) return;
  const origins = rawConfiguration.entries.get('AllowOrigins');
  const name = origins && parseIntrinsic(origins)?.name;
  if (name === undefined) return;
  resource.properties
    .requireMap('CorsConfiguration')
    .addProblem(
      `SAM drops the other properties if AllowOrigins is ${name}. Use a list, or move the whole configuration into Fn::If.`,
      'AllowOrigins',
    );
}
