import type { IncomingMessage } from 'node:http';

/** Returns the IP address of a client. Removes the IPv6 prefix from IPv4-mapped addresses. */
export function getSourceIp({ socket }: Pick<IncomingMessage, 'socket'>): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}
