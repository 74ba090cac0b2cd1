import { h } from './dom.js';
import { formatError } from './format.js';

/** @import { Fault } from './types' */

/** The purpose of each kind of fault, and the service that it applies to if there is only one. */
const KINDS = /** @type {const} */ ({
  fail: ['Returns an error without executing the call'],
  'lose-reply': ['Executes the call, and then returns an error'],
  throttle: ["Rejects the call with the service's throttling error"],
  latency: ['Delays the call'],
  'index-lag': ['Delays the updates of global secondary indexes', 'dynamodb'],
  duplicate: ['Delivers events twice to a target', 'events'],
  'frozen-sockets': ['Resets the connections of frozen execution environments', 'lambda'],
});

/** The fields that only some kinds have. */
const ERROR_KINDS = ['fail', 'lose-reply'];
const DELAY_KINDS = ['latency', 'index-lag', 'frozen-sockets'];

/**
 * Creates the form that injects a fault.
 *
 * @param {object} options
 * @param {readonly string[]} options.services
 * @param {readonly string[]} options.kinds
 * @param {readonly string[]} options.calls the calls so far, such as `dynamodb.PutItem`
 * @param {(fault: Fault) => Promise<void>} options.submit
 */
export function faultForm({ services, kinds, calls, submit }) {
  const kind = select('fault-kind', kinds);
  const service = select('fault-service', services);
  const actions = h('datalist', { id: 'fault-actions' });
  const text = {
    action: input('action', 'text', { list: 'fault-actions', placeholder: 'every action' }),
    match: input('match', 'text', { placeholder: 'text in the input, such as a table' }),
    error: input('error', 'text', { placeholder: 'ServiceUnavailable' }),
  };
  const number = {
    status: input('status', 'number', { placeholder: '503', min: 400, max: 599 }),
    medianMs: input('medianMs', 'number', { placeholder: '100', min: 0, step: 'any' }),
    times: input('times', 'number', { placeholder: 'until cleared', min: 1 }),
    share: input('share', 'number', { placeholder: '1', min: 0, max: 1, step: 'any' }),
  };
  const hint = h('p.dim');
  const problem = h('p.bad', { role: 'alert' });
  const error = field('Error code', text.error);
  const status = field('Status', number.status);
  const median = field('Median in ms', number.medianMs);

  function update() {
    const [purpose, onlyService] = KINDS[/** @type {keyof typeof KINDS} */ (kind.value)] ?? [''];
    hint.textContent = `${purpose}.`;
    if (onlyService) service.value = onlyService;
    service.disabled = onlyService !== undefined;
    text.action.disabled = onlyService !== undefined;
    for (const each of [error, status]) each.hidden = !ERROR_KINDS.includes(kind.value);
    median.hidden = !DELAY_KINDS.includes(kind.value);
    const prefix = `${service.value}.`;
    actions.replaceChildren(
      ...calls
        .filter((call) => call.startsWith(prefix))
        .map((call) => h('option', { value: call.slice(prefix.length) })),
    );
  }

  /** Returns the fault with the values of the visible and enabled fields. */
  function readFault() {
    const isUsed = (/** @type {HTMLInputElement} */ each) =>
      each.value !== '' && !each.disabled && !each.closest('label')?.hidden;
    const texts = Object.entries(text).filter(([, each]) => isUsed(each));
    const numbers = Object.entries(number).filter(([, each]) => isUsed(each));
    return {
      service: service.value,
      kind: /** @type {Fault['kind']} */ (kind.value),
      ...Object.fromEntries(texts.map(([name, { value }]) => [name, value])),
      ...Object.fromEntries(numbers.map(([name, { value }]) => [name, Number(value)])),
    };
  }

  const form = h(
    'form.inject',
    { 'aria-label': 'Inject a fault', onchange: update },
    h('h2', {}, 'Inject a fault'),
    field('Kind', kind),
    hint,
    field('Service', service),
    field('Action', text.action),
    field('Match', text.match),
    ...[error, status, median],
    field('Calls to affect', number.times),
    field('Share of calls', number.share),
    actions,
    problem,
    h('p', {}, h('button.primary', { type: 'submit' }, 'Inject')),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.textContent = '';
    await submit(readFault()).catch((reason) => {
      problem.textContent = formatError(reason);
    });
  });
  update();
  return form;
}

/**
 * @param {string} label
 * @param {HTMLInputElement | HTMLSelectElement} control
 */
function field(label, control) {
  return h('label', { for: control.id }, label, control);
}

/**
 * @param {string} id
 * @param {readonly string[]} values
 */
function select(id, values) {
  return h(
    'select',
    { id },
    values.map((value) => h('option', { value }, value)),
  );
}

/**
 * @param {string} name
 * @param {'text' | 'number'} type
 * @param {Record<string, string | number>} attributes
 */
function input(name, type, attributes) {
  return h('input', { id: `fault-${name}`, type, autocomplete: 'off', ...attributes });
}
