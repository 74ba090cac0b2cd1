import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import type { MessageRow } from '../chat/rows';
import { Message, type MessageActions, type MessageContext } from './message';

interface Rendered {
  row: MessageRow;
  context: MessageContext;
  element: VNode;
}

/**
 * Returns a function that renders a message. It returns the same element until the content of the message changes, and Preact
 * skips such elements, because a log can have thousands of messages. The actions must not depend on values of one render.
 */
export function useRenderedMessages(actions: MessageActions) {
  const previous = useRef(new Map<string, Rendered>());
  const current = new Map<string, Rendered>();
  const known = previous.current;
  previous.current = current;
  return (row: MessageRow, context: MessageContext): VNode => {
    const { key } = row;
    const last = known.get(key);
    const isUnchanged = last && isShallowEqual(last.row, row) && isShallowEqual(last.context, context);
    const rendered = isUnchanged
      ? last
      : { row, context, element: <Message key={key} row={row} {...context} {...actions} /> };
    current.set(key, rendered);
    return rendered.element;
  };
}

function isShallowEqual<T extends object>(a: T, b: T): boolean {
  for (const key in a) if (a[key] !== b[key]) return false;
  for (const key in b) if (!(key in a)) return false;
  return true;
}
