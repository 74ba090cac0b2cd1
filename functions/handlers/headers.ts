/** A header's value; API Gateway hands a WebSocket's headers on in the client's own spelling. */
export function header(
  headers: Record<string, string | undefined> | undefined,
  name: string,
): string | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === wanted)?.[1];
}

/** The token of an `Authorization: Bearer …` header (RFC 6750). */
export function bearerToken(headers: Record<string, string | undefined> | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(header(headers, 'Authorization') ?? '')?.[1];
}
