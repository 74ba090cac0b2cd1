const MAX_ENDPOINT = 1024;

/**
 * Returns whether a text can be the URL of a push service. Users can provide any host, so a consumer of `MessageMissed` must
 * allow known hosts only.
 */
export function isPushEndpoint(value: string): boolean {
  if (value.length > MAX_ENDPOINT || !URL.canParse(value)) return false;
  const { protocol, username, password, hash } = new URL(value);
  return protocol === 'https:' && username === '' && password === '' && hash === '';
}
