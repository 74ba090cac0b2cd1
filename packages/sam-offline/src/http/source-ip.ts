import type { IncomingMessage } from 'node:http';

/** Returns the address of a client, an IPv4 address without the prefix of its IPv6 form. */
export function getSourceIp({ socket }: Pick<IncomingMessage, 'socket'>): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}
