/** A request to an integration, before mapping. */
export interface MappingRequest {
  readonly body: string;
  /** In WebSocket APIs, only `$connect` has headers and a query string. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** The path parameters. Only REST APIs have them. */
  readonly path?: Readonly<Record<string, string>>;
  /** The value of `$context` in templates. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly stageVariables: Readonly<Record<string, string>>;
}

/** Returns the value of a header. Header names are case-insensitive. */
export function findHeader(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(headers).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

/** Returns headers by lower-case name. */
export function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
