/**
 * Returns a curl command for a route of an API. In the command, the value of each path variable is the variable's name.
 *
 * @param url the address of the stage
 */
export function formatRouteCommand(
  url: string,
  { routeKey, requiresIam }: { readonly routeKey: string; readonly requiresIam?: boolean },
  region: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const [method = '', path = '/'] = routeKey === '$default' ? ['GET'] : routeKey.split(' ', 2);
  const hasBody = ['POST', 'PUT', 'PATCH'].includes(method);
  const options = [
    ...(method === 'GET' || method === 'ANY' || method === 'POST' ? [] : [`-X ${method}`]),
    ...(requiresIam ? [`--aws-sigv4 aws:amz:${region}:execute-api --user local:local`] : []),
    ...Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`),
    `'${url}${path.replace(/\{(.+?)\+?\}/g, '$1')}'`,
    ...(hasBody ? ["-d '{}'"] : []),
  ];
  return `curl -i ${options.join(' ')}`;
}
