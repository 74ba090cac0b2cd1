import { get, getExecution } from './api.js';
import { coalesce } from './coalesce.js';
import { h } from './dom.js';
import { executionDuration, showExecution, statusLabel } from './execution-detail.js';
import { formatSeconds } from './format.js';
import { createListDetail } from './list-detail.js';
import { createWordFilter } from './word-filter.js';

/** @import { ExecutionSummary, MountView } from './types' */

/**
 * Shows the state machine executions, and the details of the selected one.
 *
 * @type {MountView}
 */
export function mountExecutions(root, page) {
  /** @type {readonly ExecutionSummary[]} */
  let summaries = [];

  const filter = createWordFilter(page, {
    id: 'execution-filter',
    placeholder: 'name, trigger, input, status',
    onInput: drawList,
  });
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
    tools: filter.element,
  });

  /** @param {ExecutionSummary} execution */
  function renderRow(execution) {
    const { stateMachineName, name, startDate, detailType, summary, text, trigger } = execution;
    const started = [detailType, text, trigger && `by ${trigger}`, name];
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
        h('span.mono', {}, formatSeconds(startDate)),
        h(
          'span.tags',
          { title: started.filter(Boolean).join(' · ') },
          [detailType ?? trigger, summary || name].filter(Boolean).join(' · '),
        ),
      ),
    ];
  }

  function drawList() {
    const found = summaries.filter(filter.matcher(searchTextsOf));
    listDetail.setItems(found, found.length === summaries.length ? undefined : summaries.length);
  }

  /** @param {ExecutionSummary} execution */
  function searchTextsOf({ stateMachineName, name, status, detailType, text, trigger }) {
    return [page.names.of(stateMachineName), name, status, detailType, text, trigger];
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
    drawList();
    listDetail.selectFirst();
    if (summaries.length === 0) {
      listDetail.showEmpty(
        'No executions yet. They appear here when the application starts a state machine.',
      );
    }
    await listDetail.refresh();
  }, 500);

  return { show: listDetail.show, changed: load, close: listDetail.close };
}
