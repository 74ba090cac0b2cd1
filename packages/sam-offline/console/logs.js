import { createLogLines } from './log-lines.js';
import { createLogQuery } from './log-query.js';

/** @import { MountView } from './types' */

/**
 * Shows the log lines of all functions, or, at `#/logs/query`, a query over them.
 *
 * @type {MountView}
 */
export function mountLogs(root, page) {
  const lines = createLogLines(page);
  const logQuery = createLogQuery(page);
  return {
    show(rest, query) {
      const isQuery = rest === 'query';
      root.replaceChildren(...(isQuery ? logQuery : lines).elements);
      if (isQuery) logQuery.show(query.get('q'));
      else lines.show(query);
    },
    changed: lines.changed,
    close: lines.close,
  };
}
