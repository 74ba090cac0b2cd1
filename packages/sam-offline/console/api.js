/** @import { Execution, Responses, Versions } from './types' */

/**
 * Requests data from the runtime. Returns undefined if the runtime responds with status 404.
 *
 * @template {keyof Responses} Endpoint
 * @param {Endpoint} endpoint
 * @param {Record<string, string | number>} [query]
 * @returns {Promise<Responses[Endpoint] | undefined>}
 */
export function get(endpoint, query = {}) {
  return request(endpoint, query);
}

/**
 * Requests one trace or table by its ID.
 *
 * @template {'traces/' | 'tables/'} Endpoint
 * @param {Endpoint} endpoint
 * @param {string} id
 * @param {Record<string, string | number>} [query]
 * @returns {Promise<Responses[Endpoint] | undefined>}
 */
export function getById(endpoint, id, query = {}) {
  return request(endpoint + encodeURIComponent(id), query);
}

/**
 * @param {string} arn
 * @returns {Promise<Execution | undefined>}
 */
export function getExecution(arn) {
  return request(`executions/${encodeURIComponent(arn)}`, {});
}

/**
 * Drops a WebSocket connection without a close frame.
 *
 * @param {string} connectionId
 */
export async function dropConnection(connectionId) {
  await fetch(`/_local/connections/${encodeURIComponent(connectionId)}/drop`, { method: 'POST' });
}

/**
 * @param {string} path
 * @param {Record<string, string | number>} query
 */
async function request(path, query) {
  const parameters = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]));
  const response = await fetch(`/_local/${path}?${parameters}`);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`GET /_local/${path} failed with status ${response.status}.`);
  return response.json();
}

/**
 * Subscribes to the runtime's change counters.
 *
 * @param {{ onChange: (versions: Versions) => void, onConnection: (isOpen: boolean) => void }} listeners
 */
export function subscribe({ onChange, onConnection }) {
  const source = new EventSource('/_local/stream');
  source.onopen = () => onConnection(true);
  source.onerror = () => onConnection(false);
  source.onmessage = ({ data }) => onChange(JSON.parse(data));
}
