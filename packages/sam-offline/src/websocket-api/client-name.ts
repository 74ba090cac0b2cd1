import type { IncomingMessage } from 'node:http';

const CLIENT_PATH = /^\/_local\/clients\/([\w-]{1,64})(?=\/)/;

/**
 * Removes the prefix `/_local/clients/NAME` from a handshake's URL and returns the name. The console connects through this
 * prefix, because a web page cannot learn the ID of its connection, or why a handshake was rejected. The functions receive
 * the same event as without it.
 */
export function takeClientName(request: IncomingMessage): string | undefined {
  const [prefix, name] = CLIENT_PATH.exec(request.url ?? '') ?? [];
  if (prefix !== undefined) request.url = request.url?.slice(prefix.length);
  return name;
}
