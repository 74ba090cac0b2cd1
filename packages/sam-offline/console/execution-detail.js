import { callAws } from './api.js';
import { copyableId } from './copy.js';
import { openEditor, parseJson } from './dialog.js';
import { empty, h, replace } from './dom.js';
import { formatDuration, formatJson, pluralize } from './format.js';
import { drawStateGraph } from './state-graph.js';
import { showVisit } from './state-visit.js';

/** @import { Execution, ExecutionSummary, Page, Transition } from './types' */

/** The maximum number of entries in each select element. */
const MAX_VISITS = 100;
const MAX_ITERATIONS = 400;

/**
 * Creates the label with an execution's status.
 *
 * @param {Pick<Execution, 'status'>} execution
 */
export function statusLabel({ status }) {
  const kind = { SUCCEEDED: 'ok', RUNNING: 'running', FAILED: 'fault', TIMED_OUT: 'fault', ABORTED: 'fault' }[
    status
  ];
  return h(`span.state.${kind}`, {}, status.toLowerCase().replace('_', ' '));
}

/**
 * Returns the duration of a finished execution, or an empty string.
 *
 * @param {Execution | ExecutionSummary} execution
 */
export function executionDuration(execution) {
  const stopDate = 'stopDate' in execution ? execution.stopDate : undefined;
  return stopDate === undefined ? '' : formatDuration((stopDate - execution.startDate) / 1000);
}

/**
 * Shows an execution: its state graph, and the details of the selected state.
 *
 * @param {HTMLElement} root
 * @param {Execution} execution
 * @param {Page} page
 */
export function showExecution(root, execution, page) {
  const { transitions, transitionsDropped, stateMachineArn, startDate, name, trace } = execution;
  const stateMachine = page.app.stateMachines.find(({ arn }) => arn === stateMachineArn);
  const canvas = h('div.canvas', { tabindex: 0, role: 'region', 'aria-label': 'States' });
  const details = h('div.details');
  const linked = page.query();
  let selectedState = linked.get('state') ?? transitions[0]?.name ?? '';
  let selectedVisit = Number(linked.get('visit'));

  const iterationSelect = h(
    'select',
    { id: 'iteration', onchange: () => select({}) },
    h('option', { value: '' }, 'Whole execution'),
    iterationsOf(transitions).map(({ path, label }) =>
      h('option', { value: path, selected: path === linked.get('iteration') }, label),
    ),
  );
  const stateCount = pluralize(transitions.length + transitionsDropped, 'state');
  replace(
    root,
    h(
      'div.bar',
      {},
      h('a.back', { href: '#/executions' }, 'All executions'),
      h('h2', {}, page.names.of(stateMachine?.name)),
      statusLabel(execution),
      h('span.dim', {}, [executionDuration(execution), stateCount].filter(Boolean).join(' · ')),
      h('span.dim', {}, `started by ${execution.trigger ?? 'a developer'}`),
      h('button.plain', { type: 'button', onclick: () => runAgain(execution, page) }, 'Run again'),
      trace && h('a', { href: `#/traces/${trace.traceId}?span=${trace.segmentId}` }, 'Trace'),
      h('label.filter', { for: 'iteration' }, 'Show', iterationSelect),
      copyableId(name, 'execution name'),
    ),
    h('div.split', {}, canvas, details),
  );
  drawGraph();

  /** Returns the transitions of the selected iteration, of nested iterations, and of the states that enclose it. */
  function shownTransitions() {
    const iteration = iterationSelect.value;
    return transitions.filter(({ path }) => path.startsWith(iteration) || iteration.startsWith(path));
  }

  function drawGraph() {
    if (!stateMachine) return;
    drawStateGraph(canvas, stateMachine.definition, shownTransitions(), {
      selected: selectedState,
      hasFailed: execution.status !== 'SUCCEEDED' && execution.status !== 'RUNNING',
      select: (state) => select({ state }),
    });
    showState();
  }

  /**
   * Shows the selection of the user, and puts it in the address.
   *
   * @param {{ state?: string, visit?: number }} selected
   */
  function select({ state = selectedState, visit = 0 }) {
    selectedState = state;
    selectedVisit = visit;
    page.setQuery({ state, iteration: iterationSelect.value, visit: visit === 0 ? '' : String(visit) });
    drawGraph();
  }

  function showState() {
    const visits = shownTransitions().filter((visit) => visit.name === selectedState);
    const visit = visits[selectedVisit] ?? visits[0];
    const title = h('h3', {}, selectedState || 'State');
    if (!visit) {
      replace(details, title, empty('This state did not run.'));
      return;
    }
    const content = h('div');
    showVisit(content, visit, startDate, page);
    replace(
      details,
      title,
      h('p.dim', {}, `${visit.type}, ${pluralize(visits.length, 'visit')}`),
      visits.length > 1 && visitSelect(visits, visit, (index) => select({ visit: index })),
      content,
    );
  }
}

/**
 * Opens a form that starts the same state machine with an edited input.
 *
 * @param {Execution} execution
 * @param {Page} page
 */
function runAgain({ stateMachineArn, input: previousInput }, page) {
  openEditor({
    title: `Run ${page.names.of(stateMachineArn)} again`,
    action: 'Start execution',
    fields: [{ name: 'input', label: 'Input', rows: 16, value: formatJson(previousInput ?? {}) }],
    async submit({ input = '' }) {
      parseJson(input, 'The input');
      const { executionArn } = await callAws('AWSStepFunctions.StartExecution', { stateMachineArn, input });
      page.go(`executions/${encodeURIComponent(String(executionArn))}`);
    },
  });
}

/**
 * @param {readonly Transition[]} visits
 * @param {Transition} shown
 * @param {(index: number) => void} select
 */
function visitSelect(visits, shown, select) {
  const options = visits.slice(0, MAX_VISITS).map((visit, index) => {
    const label = visit.path.replace(/\/$/, '') || `#${index + 1}`;
    const text = visit.error === undefined ? label : `${label} (failed)`;
    return h('option', { value: index, selected: visit === shown }, text);
  });
  /** @type {HTMLSelectElement} */
  const element = h('select', { id: 'visit', onchange: () => select(Number(element.value)) }, options);
  return h('label.filter', { for: 'visit' }, 'Visit', element);
}

/**
 * Lists the iterations of all Map states by path.
 *
 * @param {readonly Transition[]} transitions
 */
function iterationsOf(transitions) {
  const paths = new Set(transitions.map(({ path }) => path).filter(Boolean));
  return [...paths].slice(0, MAX_ITERATIONS).map((path) => ({
    path,
    label: path
      .replace(/\/$/, '')
      .replaceAll('/', ' › ')
      .replaceAll(/\[(\d+)\]/g, ' #$1'),
  }));
}
