import { get, getExecution } from './api.js';
import { coalesce } from './coalesce.js';
import { h } from './dom.js';
import { executionDuration, showExecution, statusLabel } from './execution-detail.js';
import { formatCount, formatTime } from './format.js';
import { createListDetail } from './list-detail.js';

/** @import { ExecutionSummary, MountView } from './types' */

/**
 * Shows the state machine executions, and the details of the selected one.
 *
 * @type {MountView}
 */
export function mountExecutions(root, page) {
  /** @type {readonly ExecutionSummary[]} */
  let summaries = [];

  const listDetail = createListDetail(root, page, {
    view: 'executions',
    title: 'Executions',
    itemName: 'Execution',
    keyOf: (/** @type {ExecutionSummary} */ { executionArn }) => executionArn,
    renderRow,
    versionOf: finalStatus,
    load: getExecution,
    draw(detail, execution) {
      showExecution(detail, execution, page);
      return execution.status;
    },
  });

  /** @param {ExecutionSummary} execution */
  function renderRow(execution) {
    const { stateMachineName, name, startDate, states } = execution;
    return [
      h(
        'span.line',
        {},
        h('span.name', {}, page.names.of(stateMachineName)),
        statusLabel(execution),
        h('span.num', {}, executionDuration(execution)),
      ),
      h(
        'span.line.dim',
        {},
        h('span.mono', {}, formatTime(startDate)),
        h('span.tags', {}, name),
        h('span.num', {}, `${formatCount(states)} states`),
      ),
    ];
  }

  /**
   * Returns the status of a finished execution. Running executions have no version, so they are always reloaded.
   *
   * @param {string} arn
   */
  function finalStatus(arn) {
    const status = summaries.find(({ executionArn }) => executionArn === arn)?.status;
    return status === 'RUNNING' ? undefined : status;
  }

  const load = coalesce(async () => {
    summaries = (await get('executions/')) ?? [];
    listDetail.setItems(summaries);
    listDetail.selectNewest();
    if (summaries.length === 0) {
      listDetail.showEmpty(
        'No executions yet. They appear here when the application starts a state machine.',
      );
    }
    await listDetail.refresh();
  }, 500);

  return { show: listDetail.show, changed: load, close: listDetail.close };
}
