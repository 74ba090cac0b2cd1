/** @import { MapNode, Span } from './types' */

/** Maps a part of a segment's origin or name to the CSS class of the service's color. */
const KINDS = /** @type {const} */ ([
  ['lambda', 'lambda'],
  ['dynamodb', 'dynamodb'],
  ['event', 'events'],
  ['stepfunctions', 'states'],
  ['sqs', 'sqs'],
  ['apigateway', 'gateway'],
]);

/**
 * Returns the kind of service that a span or a node of the service map belongs to. It is `code` for spans that a
 * function creates for its own code.
 *
 * @param {Span | MapNode} spanOrNode
 */
export function kindOf(spanOrNode) {
  if ('kind' in spanOrNode) return findKind(`${spanOrNode.kind}`);
  const { origin = '', namespace, name, metadata } = spanOrNode;
  if (metadata?.states) return 'states';
  return findKind(namespace === 'aws' ? `${origin} ${name}` : origin);
}

/** @param {string} text */
function findKind(text) {
  const lowerCase = text.toLowerCase();
  return KINDS.find(([part]) => lowerCase.includes(part))?.[1] ?? 'code';
}
