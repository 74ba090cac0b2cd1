import { createHmac } from 'node:crypto';

/**
 * Creates a function that returns a keyed hash of an IP address. Without the key, the hash could be reversed by trying all
 * addresses. An IPv6 network of 64 bits counts as one address, because providers assign no smaller network.
 *
 * @param readKey reads the key. It is called once, and again if it fails.
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

/** Returns the first four groups of an IPv6 address, and an IPv4 address unchanged. */
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
