type Headers = Record<string, string | undefined> | undefined;

/** Finds a header by name, ignoring case, because API Gateway preserves the case that the WebSocket client sent. */
export function findHeader(headers: Headers, name: string): string | undefined {
  const lowerCaseName = name.toLowerCase();
  return Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === lowerCaseName)?.[1];
}

/** Reads the token of an `Authorization: Bearer …` header (RFC 6750). */
export function readBearerToken(headers: Headers): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(findHeader(headers, 'Authorization') ?? '')?.[1];
}
