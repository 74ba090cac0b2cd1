import { calmly, get } from './app.js';
import { h } from './dom.js';
import { lasted, showExecution, statusOf } from './execution.js';
import { count, time } from './format.js';
import { panes } from './panes.js';

/** The executions of the state machines, and the graph of one. */
export function executions(root, page) {
  let known = [];

  const { set, chooseNewest, refresh, showNothing, show, close } = panes(root, page, {
    many: 'Executions',
    one: 'Execution',
    key: ({ executionArn }) => executionArn,
    render: rowOf,
    version: settledStatus,
    draw(detail, execution) {
      showExecution(detail, execution, page);
      return execution.status;
    },
  });

  function rowOf(execution) {
    const { stateMachineName, name, startDate, states } = execution;
    return [
      h(
        'span.line',
        {},
        h('span.name', {}, page.names.of(stateMachineName)),
        statusOf(execution),
        h('span.num', {}, lasted(execution)),
      ),
      h(
        'span.line.dim',
        {},
        h('span.mono', {}, time(startDate)),
        h('span.tags', {}, name),
        h('span.num', {}, `${count(states)} states`),
      ),
    ];
  }

  /** The status of an execution that is over; one that runs has new states whenever one looks. */
  function settledStatus(arn) {
    const status = known.find(({ executionArn }) => executionArn === arn)?.status;
    return status === 'RUNNING' ? undefined : status;
  }

  const load = calmly(async () => {
    known = await get('executions/');
    set(known);
    chooseNewest();
    if (known.length === 0) showNothing('No execution yet. Send a message, and a workflow delivers it.');
    await refresh();
  }, 500);

  return { show, changed: load, close };
}
