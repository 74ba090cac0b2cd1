/** The hosts of the push services of Chrome and its relatives, Firefox, Safari and Edge. */
const HOSTS = ['fcm.googleapis.com', 'push.services.mozilla.com', 'push.apple.com', 'notify.windows.com'];

/**
 * Returns whether a device belongs to a known push service. Endpoints are input of users: without this check, a user could send
 * requests of this function to any host.
 */
export function isPushService(endpoint: string): boolean {
  const { protocol, hostname, port } = new URL(endpoint);
  const isKnown = HOSTS.some((host) => hostname === host || hostname.endsWith(`.${host}`));
  return isKnown && protocol === 'https:' && port === '';
}
