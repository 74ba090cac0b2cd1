import { createHmac } from 'node:crypto';

/**
 * Creates a function that returns a keyed hash of an IP address. Without a key, anybody could reverse the hash by trying all
 * addresses. All addresses of an IPv6 /64 network have the same hash, because providers assign no smaller networks.
 *
 * @param readKey reads the key. It is called on first use, and again after a failure.
 */
export function createAddressHash(readKey: () => Promise<string>): (ip: string) => Promise<string> {
  let key: Promise<string> | undefined;
  return async (ip) => {
    key ??= readKey().catch((error) => {
      key = undefined;
      throw error;
    });
    return createHmac('sha256', await key)
      .update(toNetwork(ip))
      .digest('base64url')
      .slice(0, 22);
  };
}

/** Returns the first four groups of an IPv6 address, or an unchanged IPv4 address. */
function toNetwork(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped || !ip.includes(':')) return mapped ?? ip;
  const [head = '', tail] = ip.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const last = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? 0 : 8 - groups.length - last.length;
  const all = [...groups, ...Array(Math.max(0, zeros)).fill('0'), ...last];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}
