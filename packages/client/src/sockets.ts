import type { Event } from './core/types';
import type { Environment, SocketLike } from './environment';

/** Parameters of a WebSocket handshake. */
export interface Handshake {
  url: string;
  protocols: string[];
}

const REJECTED = 'The server cannot be reached, or it rejected the connection.';

/**
 * Creates numbered sockets, and reports their events until they are shut.
 *
 * @param createHandshake called for each connection, because tokens expire
 */
export function createSockets(
  environment: Environment,
  createHandshake: () => Promise<Handshake>,
  dispatch: (event: Event) => void,
) {
  const sockets = new Map<number, SocketLike | undefined>();

  async function open(number: number): Promise<void> {
    const report = (event: Event) => sockets.has(number) && dispatch(event);
    sockets.set(number, undefined);
    try {
      const { url, protocols } = await createHandshake();
      if (!sockets.has(number)) return; // Shut while the token was fetched.
      const socket = environment.openSocket(url, protocols);
      sockets.set(number, socket);
      socket.onopen = () => report({ type: 'opened', socket: number });
      socket.onmessage = ({ data }: { data: unknown }) =>
        report({ type: 'frame', socket: number, frame: parse(data) });
      let reason = REJECTED;
      // `close` follows. Browsers hide the reason; `ws` reports the status of the response.
      socket.onerror = ({ message }: { message?: string }) => {
        reason = message || REJECTED;
      };
      socket.onclose = () => report({ type: 'closed', socket: number, reason });
    } catch (error) {
      // The token request failed, or the token is not a valid subprotocol.
      report({ type: 'closed', socket: number, reason: (error as Error).message });
    }
  }

  function shut(number: number): void {
    const socket = sockets.get(number);
    sockets.delete(number);
    socket?.close();
  }

  return { open, shut, send: (number: number, text: string) => sockets.get(number)?.send(text) };
}

/** Parses a frame. Returns undefined for invalid JSON, which the state machine ignores. */
function parse(data: unknown): unknown {
  try {
    return JSON.parse(String(data));
  } catch {
    return undefined;
  }
}
