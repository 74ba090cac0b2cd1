import { formatJson } from './format.js';

/** @import { SampleEvent, WebSocketApi } from './types' */

/**
 * Returns the frames to start from, by name: the sample events of the application, then a generated frame for each route
 * without a sample event.
 *
 * @param {WebSocketApi} api
 * @param {readonly SampleEvent[]} samples
 * @returns {{ name: string, text: string }[]}
 */
export function listTemplates(api, samples) {
  const ofApi = samples.filter(({ routeKey }) => isMessageRoute(routeKey) && api.routes.includes(routeKey));
  const sampled = new Set(ofApi.map(({ routeKey }) => routeKey));
  const missing = api.routes.filter((routeKey) => isMessageRoute(routeKey) && !sampled.has(routeKey));
  return [
    ...ofApi.map(({ name, routeKey, body }) => ({
      name: name === routeKey ? name : `${routeKey} (${name}.json)`,
      text: indent(body),
    })),
    ...missing.map((routeKey) => ({ name: routeKey, text: generateFrame(api, routeKey) })),
  ];
}

/** @param {string} routeKey */
function isMessageRoute(routeKey) {
  return routeKey !== '$connect' && routeKey !== '$disconnect';
}

/**
 * Returns a frame that selects a route. Supports expressions of one member, such as `$request.body.action`.
 *
 * @param {WebSocketApi} api
 * @param {string} routeKey
 */
function generateFrame({ routeSelectionExpression }, routeKey) {
  const member = /^\$\{?request\.body\.([\w-]+)\}?$/.exec(routeSelectionExpression)?.[1];
  if (member === undefined || routeKey === '$default') return '{}';
  return formatJson({ [member]: routeKey });
}

/** @param {string} text */
function indent(text) {
  try {
    return formatJson(JSON.parse(text));
  } catch {
    return text;
  }
}
