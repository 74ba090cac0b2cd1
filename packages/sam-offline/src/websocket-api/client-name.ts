import type { IncomingMessage } from 'node:http';

const CLIENT_PATH = /^\/_local\/clients\/([\w-]{1,64})(?=\/)/;

/**
 * Removes the prefix `/_local/clients/NAME` from a handshake's URL and returns the name. The console uses the prefix to find
 * its connection, because a web page cannot read the connection ID, or the reason why a handshake was rejected. The prefix does
 * not change the events that functions receive.
 */
export function takeClientName(request: IncomingMessage): string | undefined {
  const [prefix, name] = CLIENT_PATH.exec(request.url ?? '') ?? [];
  if (prefix !== undefined) request.url = request.url?.slice(prefix.length);
  return name;
}
