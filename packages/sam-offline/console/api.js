import { parseObject } from './format.js';

/** @import { Execution, Fault, Responses, Versions } from './types' */

/** The credentials of the developer. */
const CREDENTIALS = 'AWS4-HMAC-SHA256 Credential=local/console';

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
 * Requests one trace, table, event or connection by its ID.
 *
 * @template {'traces/' | 'tables/' | 'events/' | 'frames/'} Endpoint
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
 * Calls an action of an AWS service as the developer, with the AWS JSON protocol.
 *
 * @param {string} target such as `AWSEvents.PutEvents`
 * @param {object} input
 * @returns {Promise<Record<string, unknown>>}
 * @throws Error with the code and the message of an AWS error
 */
export async function callAws(target, input) {
  const response = await fetch('/', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      authorization: CREDENTIALS,
    },
    body: JSON.stringify(input),
  });
  const output = await response.json();
  if (response.ok) return output;
  const { __type = '', message = output.Message ?? '' } = output;
  throw new Error([__type.replace(/^.*#/, ''), message].filter(Boolean).join(': '));
}

/**
 * Invokes a function synchronously as the developer.
 *
 * @param {string} name
 * @param {unknown} event
 * @returns {Promise<{ error: string | null, payload: string }>} `error` is set if the function failed
 * @throws Error with the code and the message of an AWS error
 */
export async function invokeFunction(name, event) {
  const response = await fetch(`/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
    method: 'POST',
    headers: { authorization: CREDENTIALS },
    body: JSON.stringify(event),
  });
  const payload = await response.text();
  if (response.ok) return { error: response.headers.get('x-amz-function-error'), payload };
  const { Message, message = Message } = parseObject(payload) ?? {};
  throw new Error(`${response.headers.get('x-amzn-errortype')}: ${message}`);
}

/**
 * Injects a fault.
 *
 * @param {Fault} fault
 * @throws Error with the reason why the fault is not valid
 */
export async function addFault(fault) {
  const response = await fetch('/_local/faults', { method: 'POST', body: JSON.stringify(fault) });
  if (!response.ok) throw new Error((await response.json()).message);
}

/** Ends all injected faults. */
export async function clearFaults() {
  await fetch('/_local/faults', { method: 'DELETE' });
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
