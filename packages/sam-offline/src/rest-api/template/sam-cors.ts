import type { PropertyMap } from '../../template/property-map';
import { type MethodDefinition, NO_VALIDATION } from './definition';
import type { SamAuth } from './sam-auth';

const ALL_METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/**
 * Creates the OPTIONS methods that SAM generates for the `Cors` of an API. Their mock integrations return the CORS headers.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-corsconfiguration.html
 */
export function createPreflights(
  api: PropertyMap,
  methods: readonly MethodDefinition[],
  auth: SamAuth,
): MethodDefinition[] {
  const headers = readHeaders(api);
  if (!headers) return [];
  const paths = [...new Set(methods.map(({ path }) => path))];
  return paths.flatMap((path) => {
    const own = methods.filter((method) => method.path === path).map(({ method }) => method);
    if (own.includes('OPTIONS')) return [];
    const allowed = own.includes('ANY') ? ALL_METHODS : [...own, 'OPTIONS'].sort();
    const values = { 'Access-Control-Allow-Methods': `'${allowed.join(',')}'`, ...headers };
    const response = {
      statusCode: 200,
      responseParameters: Object.fromEntries(
        Object.entries(values).map(([name, value]) => [`method.response.header.${name}`, value]),
      ),
      responseTemplates: { 'application/json': '{}\n' },
    };
    return [
      {
        path,
        method: 'OPTIONS',
        integration: {
          type: 'mock',
          requestTemplates: { 'application/json': '{\n  "statusCode" : 200\n}\n' },
          responses: { default: response },
        },
        requiresApiKey: auth.requiresApiKey && auth.coversPreflightKeys,
        ...(auth.coversPreflights ? {} : { auth: {} }),
        validation: NO_VALIDATION,
        responses: { 200: Object.keys(values) },
        at: api,
      },
    ];
  });
}

/** Returns the header values, including the quotes in the template. Returns undefined if the API has no `Cors`. */
function readHeaders(api: PropertyMap): Record<string, string> | undefined {
  const value = api.getValue('Cors');
  if (value === undefined) return undefined;
  if (typeof value === 'string') return checkQuotes(api, 'Cors', { 'Access-Control-Allow-Origin': value });
  const cors = api.requireMap('Cors');
  cors.checkKeys('Cors', {
    emulated: ['AllowMethods', 'AllowHeaders', 'AllowOrigin', 'MaxAge', 'AllowCredentials'],
  });
  const names = {
    AllowOrigin: 'Access-Control-Allow-Origin',
    AllowHeaders: 'Access-Control-Allow-Headers',
    AllowMethods: 'Access-Control-Allow-Methods',
    MaxAge: 'Access-Control-Max-Age',
  };
  const headers = Object.fromEntries(
    Object.entries(names).flatMap(([key, name]) => {
      const text = cors.getString(key);
      return text === undefined ? [] : [[name, text]];
    }),
  );
  if (cors.getBoolean('AllowCredentials')) {
    if (/\*/.test(headers['Access-Control-Allow-Origin'] ?? '*'))
      cors.addProblem(
        'Unable to add Cors configuration: AllowCredentials requires an AllowOrigin other than *.',
      );
    headers['Access-Control-Allow-Credentials'] = "'true'";
  }
  return checkQuotes(cors, undefined, { 'Access-Control-Allow-Origin': "'*'", ...headers });
}

/** Reports values without single quotes. API Gateway rejects them because it treats them as expressions. */
function checkQuotes(
  at: PropertyMap,
  key: string | undefined,
  headers: Record<string, string>,
): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    if (!/^'.*'$/s.test(value))
      at.addProblem(`The value of ${name} must be in single quotes within the string: "'${value}'"`, key);
  }
  return headers;
}
