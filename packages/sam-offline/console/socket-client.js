/** @import { ClientDraft } from './types' */

/**
 * The WebSocket connections of this page by the name that the runtime records. They stay open while other views are shown.
 *
 * @type {Map<string, WebSocket>}
 */
const sockets = new Map();

/** @type {ClientDraft} */
const EMPTY_DRAFT = { path: undefined, query: '', protocols: '', text: '' };

let draft = EMPTY_DRAFT;

/**
 * Stores the values that the next form of the client starts with.
 *
 * @param {ClientDraft} next
 */
export function setDraft(next) {
  draft = next;
}

/** Returns the stored values, and clears them. */
export function takeDraft() {
  const taken = draft;
  draft = EMPTY_DRAFT;
  return taken;
}

/**
 * Connects to a stage. Web pages can set the query and the subprotocols, but no headers. Returns the client's name.
 *
 * @param {{ path: string, query: string, protocols: string }} target `protocols` are separated by commas
 * @param {() => void} onChange called when the connection opens, fails or closes
 * @throws {SyntaxError} for invalid subprotocols
 */
export function connect({ path, query, protocols }, onChange) {
  const name = `console-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  const search = query === '' ? '' : `?${query.replace(/^\?/, '')}`;
  const names = protocols
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean);
  const socket = new WebSocket(`${webSocketOrigin()}/_local/clients/${name}${path}${search}`, names);
  sockets.set(name, socket);
  socket.onopen = onChange;
  socket.onclose = () => {
    sockets.delete(name);
    onChange();
  };
  return name;
}

/**
 * Returns the open connection with a name, if this page opened it.
 *
 * @param {string | undefined} name
 */
export function findSocket(name = '') {
  const socket = sockets.get(name);
  return socket?.readyState === WebSocket.OPEN ? socket : undefined;
}

/** Returns the address of the runtime without a path, such as `ws://localhost:3000`. */
export function webSocketOrigin() {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`;
}
