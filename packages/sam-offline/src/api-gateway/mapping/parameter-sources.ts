/**
 * Matches the sources of integration parameters. Only REST APIs have path parameters and use the prefix `method.request`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-data-mapping.html
 */
const SOURCE =
  /^(?:'(?<text>.*)'|route\.request\.(?<part>header|querystring|path|multivalueheader|multivaluequerystring|body)(?:\.(?<name>.+))?|(?<root>stageVariables|context)\.(?<path>.+))$/s;

/** Returns the parts of a source, or undefined if API Gateway does not support its format. */
export function parseParameterSource(
  source: string,
): Readonly<Record<string, string | undefined>> | undefined {
  return SOURCE.exec(source)?.groups;
}
