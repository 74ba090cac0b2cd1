/** The hosts of the push services of Firefox, Safari, Edge, Chrome and other browsers based on Chromium. */
const HOSTS = ['fcm.googleapis.com', 'push.services.mozilla.com', 'push.apple.com', 'notify.windows.com'];

/**
 * Returns whether a device belongs to a known push service. Users provide the endpoints. Without this check, a user could make
 * this function send requests to any host.
 */
export function isPushService(endpoint: string): boolean {
  const { protocol, hostname, port } = new URL(endpoint);
  const isKnown = HOSTS.some((host) => hostname === host || hostname.endsWith(`.${host}`));
  return isKnown && protocol === 'https:' && port === '';
}
