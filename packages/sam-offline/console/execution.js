import { empty, h, replace } from './dom.js';
import { duration, plural } from './format.js';
import { stateGraph } from './state-graph.js';
import { showVisit } from './visit.js';

/** The visits of a state that are offered one by one. */
const VISITS_SHOWN = 100;
/** The places of iterations that are offered to look at alone. */
const PLACES_SHOWN = 400;

/** How an execution ended, or that it has not. */
export function statusOf({ status }) {
  const kind = status === 'SUCCEEDED' ? 'fine' : status === 'RUNNING' ? 'running' : 'fault';
  return h(`span.state.${kind}`, {}, status.toLowerCase());
}

/** How long an execution took; nothing while it runs. */
export function lasted({ startDate, stopDate }) {
  return stopDate === undefined ? '' : duration((stopDate - startDate) / 1000);
}

/** One execution: the graph of its states, and what is known of the state that is chosen there. */
export function showExecution(root, execution, page) {
  const { transitions, transitionsDropped, stateMachineArn, startDate, name, trace } = execution;
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
      statusOf(execution),
      h(
        'span.dim',
        {},
        [lasted(execution), plural(transitions.length + transitionsDropped, 'state')]
          .filter(Boolean)
          .join(' · '),
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
