import { calmly, get } from './app.js';
import { empty, h, replace } from './dom.js';
import { count, duration, json, plural, time } from './format.js';
import { stateGraph } from './state-graph.js';
import { VirtualList } from './virtual-list.js';

/** The visits of a state that are offered one by one. */
const VISITS_SHOWN = 100;
/** The places of iterations that are offered to look at alone. */
const PLACES_SHOWN = 400;

/** The executions of the state machines, and the graph of one. */
export function executions(root, page) {
  let known = [];
  let shown;
  let drawn;

  const total = h('span.dim', {});
  const list = new VirtualList({
    label: 'Executions, newest first',
    id: 'execution-list',
    rowHeight: 44,
    key: ({ executionArn }) => executionArn,
    choose: (arn) =>
      page.go(`executions/${encodeURIComponent(arn)}`, { replaceHistory: shown !== undefined }),
    render: ({ stateMachineName, name, status, startDate, stopDate, states }) => [
      h(
        'span.line',
        {},
        h('span.name', {}, page.names.of(stateMachineName)),
        h(
          `span.state.${status === 'SUCCEEDED' ? 'fine' : status === 'RUNNING' ? 'running' : 'fault'}`,
          {},
          status.toLowerCase(),
        ),
        h('span.num', {}, stopDate === undefined ? '' : duration((stopDate - startDate) / 1000)),
      ),
      h(
        'span.line.dim',
        {},
        h('span.mono', {}, time(startDate)),
        h('span.tags', {}, name),
        h('span.num', {}, `${count(states)} states`),
      ),
    ],
  });
  const detail = h('section.detail', { 'aria-label': 'Execution' });
  root.append(
    h(
      'section.side',
      { 'aria-label': 'Executions' },
      h('div.bar', {}, h('h1', {}, 'Executions'), total),
      list.element,
    ),
    detail,
  );

  const load = calmly(async () => {
    known = await get('executions/');
    total.textContent = count(known.length);
    list.set(known);
    list.select(shown);
    if (shown === undefined && known.length > 0 && matchMedia('(min-width: 60rem)').matches) {
      page.go(`executions/${encodeURIComponent(known[0].executionArn)}`, { replaceHistory: true });
    }
    if (known.length === 0)
      replace(detail, empty('No execution yet. Send a message, and a workflow delivers it.'));
    await draw();
  }, 500);

  async function draw() {
    if (shown === undefined) return;
    const arn = shown;
    const status = known.find(({ executionArn }) => executionArn === arn)?.status;
    if (drawn === `${arn} ${status}` && status !== 'RUNNING') return;
    const execution = await get(`executions/${encodeURIComponent(arn)}`);
    if (arn !== shown) return;
    drawn = `${arn} ${execution?.status}`;
    if (execution) showExecution(detail, execution, page);
    else replace(detail, empty('This execution is not kept any more.'));
  }

  return {
    show(arn) {
      shown = arn || undefined;
      root.classList.toggle('has-detail', shown !== undefined);
      list.select(shown, true);
      draw();
    },
    changed: load,
    close: () => list.close(),
  };
}

function showExecution(root, execution, page) {
  const { transitions, transitionsDropped, stateMachineArn, status, startDate, stopDate, name, trace } =
    execution;
  const machine = page.app.stateMachines.find(({ arn }) => arn === stateMachineArn);
  const canvas = h('div.canvas', { tabindex: 0, role: 'region', 'aria-label': 'States' });
  const facts = h('div.facts', {});
  let state = transitions[0]?.name;
  let place = '';

  const places = placesOf(transitions);
  const choice = h(
    'select',
    {
      id: 'place',
      onchange: ({ target }) => {
        place = target.value;
        drawGraph();
      },
    },
    h('option', { value: '' }, 'whole execution'),
    places.map(({ path, label }) => h('option', { value: path }, label)),
  );
  replace(
    root,
    h(
      'div.bar',
      {},
      h('a.back', { href: '#/executions' }, 'All executions'),
      h('h2', {}, page.names.of(machine?.name)),
      h(
        `span.state.${status === 'SUCCEEDED' ? 'fine' : status === 'RUNNING' ? 'running' : 'fault'}`,
        {},
        status.toLowerCase(),
      ),
      h(
        'span.dim',
        {},
        `${stopDate === undefined ? '' : `${duration((stopDate - startDate) / 1000)} · `}${plural(transitions.length + transitionsDropped, 'state')}`,
      ),
      trace && h('a', { href: `#/traces/${trace.traceId}` }, 'Trace'),
      h('label.search', { for: 'place' }, 'Look at', choice),
      h('span.mono.dim.id', {}, name),
    ),
    h('div.split', {}, canvas, facts),
  );
  drawGraph();

  function here() {
    return transitions.filter(
      ({ path, name: each }) => place === '' || path.startsWith(place) || isAround(path, each),
    );
  }

  /** Whether an iteration that is looked at lies in this visit of a Map. */
  function isAround(path, each) {
    return place.startsWith(`${path}${each}[`) || place.startsWith(path);
  }

  function drawGraph() {
    stateGraph(canvas, machine.definition, here(), {
      selected: state,
      choose: (name) => {
        state = name;
        drawGraph();
      },
    });
    showState();
  }

  function showState() {
    const visits = here().filter((visit) => visit.name === state);
    const [first] = visits;
    if (!first) return replace(facts, h('h3', {}, state ?? 'State'), empty('This state did not run here.'));
    const visit = h('div', {});
    const pick = (index) => showVisit(visit, visits[index], startDate, page);
    replace(
      facts,
      h('h3', {}, state),
      h('p.dim', {}, `${first.type}, ${plural(visits.length, 'visit')}`),
      visits.length > 1 &&
        h(
          'label.search',
          { for: 'visit' },
          'Visit',
          h(
            'select',
            { id: 'visit', onchange: ({ target }) => pick(Number(target.value)) },
            visits
              .slice(0, VISITS_SHOWN)
              .map(({ path, error }, index) =>
                h(
                  'option',
                  { value: index },
                  `${path.replace(/\/$/, '') || `no. ${index + 1}`}${error === undefined ? '' : ' (failed)'}`,
                ),
              ),
          ),
        ),
      visit,
    );
    pick(0);
  }
}

/** Input, output, calls and error of one visit. */
function showVisit(root, visit, startDate, page) {
  const { input, output, error, entered, exited, retries, calls = [] } = visit;
  replace(
    root,
    h(
      'dl',
      {},
      [
        ['Entered', `+${duration((entered - startDate) / 1000)}`],
        ['Took', exited === undefined ? 'not over' : duration((exited - entered) / 1000)],
        retries > 0 && ['Retries', retries],
        error !== undefined && ['Error', error || 'without a name'],
        ...calls.map(({ action, target, started, ended, error: failed }) => [
          action,
          `${page.names.of(target)} ${duration(((ended ?? started) - started) / 1000)}${failed ? ` ${failed}` : ''}`,
        ]),
      ]
        .filter(Boolean)
        .map(([key, value]) => h('div', {}, h('dt', {}, key), h('dd.mono', {}, String(value)))),
    ),
    data('Input', input, 'input' in visit),
    data('Output', output, 'output' in visit),
  );
}

function data(title, value, kept) {
  return [
    h('h4', {}, title),
    kept
      ? h('pre', { tabindex: 0, 'aria-label': title }, json(value))
      : h('p.dim', {}, 'Not kept: too large, or the state did not get that far.'),
  ];
}

/** Every iteration there was, by its path. */
function placesOf(transitions) {
  const paths = new Set(transitions.map(({ path }) => path).filter(Boolean));
  return [...paths].slice(0, PLACES_SHOWN).map((path) => ({
    path,
    label: path
      .replace(/\/$/, '')
      .replaceAll('/', ' › ')
      .replaceAll(/\[(\d+)\]/g, ' no. $1'),
  }));
}
