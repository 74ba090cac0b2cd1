import { addFault, clearFaults, get } from './api.js';
import { coalesce } from './coalesce.js';
import { copyButton } from './copy.js';
import { h, replace, table } from './dom.js';
import { faultForm } from './fault-form.js';
import { formatCount, pluralize } from './format.js';

/** @import { Fault, MountView } from './types' */

/**
 * Injects faults into the services, and shows the active ones.
 *
 * @type {MountView}
 */
export function mountFaults(root) {
  const total = h('span.dim');
  const list = h('section.card', { 'aria-label': 'Active faults' });
  const occurrences = h('section.card', { 'aria-label': 'Occurrences' });
  const form = h('section.card', { 'aria-label': 'Inject a fault' });
  root.append(
    h('div.bar', {}, h('h1', {}, 'Faults'), total),
    h('div.fault-body', {}, form, h('div.fault-lists', {}, list, occurrences)),
  );

  const load = coalesce(async () => {
    const [faults = [], counts = {}] = await Promise.all([get('faults'), get('occurrences')]);
    total.textContent = pluralize(faults.length, 'active fault');
    replace(
      list,
      h('h2', {}, 'Active faults'),
      faults.length === 0
        ? h('p.dim', {}, 'No faults. Calls reach the services unchanged.')
        : [
            h('ol.lines', {}, faults.map(faultItem)),
            h('p', {}, h('button.plain', { type: 'button', onclick: clear }, 'Clear all faults')),
          ],
    );
    replace(occurrences, h('h2', {}, 'Occurrences since the start'), occurrenceTable(counts));
  }, 1000);

  async function clear() {
    await clearFaults();
    await load();
  }

  async function showForm() {
    const [options, calls = {}] = await Promise.all([get('fault-options'), get('calls')]);
    if (!options) return;
    const submit = async (/** @type {Fault} */ fault) => {
      await addFault(fault);
      await load();
    };
    replace(form, faultForm({ ...options, calls: Object.keys(calls), submit }));
  }

  return {
    show() {
      showForm();
      load();
    },
    changed: load,
  };
}

/** @param {Fault} fault */
function faultItem(fault) {
  const { service, kind, action, ...others } = fault;
  const command = `curl ${location.origin}/_local/faults -d '${JSON.stringify(fault).replaceAll("'", "'\\''")}'`;
  const settings = Object.entries(others).map(
    ([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return h(
    'li',
    {},
    h(
      'p',
      {},
      h('strong', {}, kind),
      ` ${service}${action === undefined ? ', every action' : `.${action}`} `,
      copyButton(command, 'curl command'),
    ),
    settings.length > 0 && h('p.mono.dim', {}, settings.join(' · ')),
  );
}

/** @param {Readonly<Record<string, number>>} counts */
function occurrenceTable(counts) {
  const entries = Object.entries(counts);
  if (entries.length === 0) return h('p.dim', {}, 'No conflicts, throttled calls, duplicates or resets.');
  return table(
    ['Event', 'Number'],
    entries.map(([name, count]) => [h('td.mono', {}, name), h('td.num', {}, formatCount(count))]),
  );
}
