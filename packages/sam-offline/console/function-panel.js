import { invokeFunction } from './api.js';
import { copyableId } from './copy.js';
import { descriptionList } from './description-list.js';
import { parseJson } from './dialog.js';
import { h, replace, table } from './dom.js';
import { formatError, formatJson, formatMillis, formatTime, parseObject } from './format.js';
import { jsonView } from './json-view.js';

/** @import { EventFile, FunctionRun, FunctionView } from './types' */

/** The details of a function. Updates keep the form, which contains the event that the user edits. */
export class FunctionPanel {
  id;
  element;
  #configuration = h('div');
  #runs = h('section', { 'aria-label': 'Latest invocations' });
  #variables = h('section', { 'aria-label': 'Environment variables' });

  /**
   * @param {FunctionView} fn
   * @param {Promise<readonly EventFile[] | undefined>} eventFiles
   */
  constructor({ logicalId, name, arn }, eventFiles) {
    this.id = logicalId;
    this.element = h(
      'div.details',
      {},
      h('a.back', { href: '#/functions' }, 'All functions'),
      h('h2', {}, logicalId),
      h('p', {}, copyableId(arn, 'ARN')),
      h(
        'p',
        {},
        h('a', { href: `#/logs?filter-function=${encodeURIComponent(logicalId)}` }, 'Logs of the function'),
      ),
      this.#configuration,
      invokeForm(name, eventFiles),
      this.#runs,
      this.#variables,
    );
  }

  /** @param {FunctionView} fn */
  update(fn) {
    replace(this.#configuration, configuration(fn));
    replace(this.#variables, variables(fn));
    replace(this.#runs, h('h3', {}, 'Latest invocations'), runTable(fn.runs));
  }
}

/** @param {FunctionView} fn */
function configuration({ isBroken, statistics, ...fn }) {
  const { runs, errors, coldStarts, p50, p95, max, initP50 } = statistics;
  return [
    isBroken &&
      h(
        'div.why.failed',
        { role: 'note' },
        'The function cannot be bundled or loaded. See its logs and the terminal.',
      ),
    descriptionList([
      ['Handler', fn.handler],
      ['Runtime', fn.runtime],
      ['Memory size', `${fn.memoryMb} MB`],
      ['Timeout', `${fn.timeoutSeconds} s`],
      ['Tracing', fn.tracing],
      ['Reserved concurrency', fn.reservedConcurrency ?? 'none'],
    ]),
    h('h3', {}, 'Invocations'),
    descriptionList([
      ['Invocations', runs],
      ['Errors', errors],
      ['Cold starts', coldStarts],
      coldStarts > 0 && ['Initialization p50', formatMillis(initP50)],
      runs > 0 && ['Duration p50', formatMillis(p50)],
      runs > 0 && ['Duration p95', formatMillis(p95)],
      runs > 0 && ['Duration maximum', formatMillis(max)],
    ]),
  ];
}

/** @param {FunctionView} fn */
function variables({ environment }) {
  return [
    h('h3', {}, 'Environment variables'),
    environment.length === 0
      ? h('p.dim', {}, 'The function has none.')
      : descriptionList(environment.map(({ name, value = '••••••' }) => [name, value])),
    environment.some(({ value }) => value === undefined) &&
      h('p.dim', {}, 'Values that may be secrets are hidden, and do not leave the runtime.'),
  ];
}

/**
 * Creates the form that invokes a function.
 *
 * @param {string} name
 * @param {Promise<readonly EventFile[] | undefined>} eventFiles
 */
function invokeForm(name, eventFiles) {
  const input = h('textarea', { id: 'invoke-event', rows: 6, spellcheck: 'false' });
  input.value = '{}';
  const result = h('div', { role: 'status' });
  const select = h('select', { id: 'invoke-file' }, h('option', { value: '' }, 'Choose a file…'));
  const fileField = h('label', { for: 'invoke-file', hidden: true }, 'Sample event', select);
  const button = h('button.primary', { type: 'submit' }, 'Invoke');
  eventFiles.then((files = []) => {
    fileField.hidden = files.length === 0;
    select.append(...files.map((file, index) => h('option', { value: index }, `${file.name}.json`)));
    select.addEventListener('change', () => {
      const file = files[Number(select.value)];
      if (select.value !== '' && file) input.value = formatJson(file.event);
    });
  });
  const form = h(
    'form.invoke',
    { 'aria-label': 'Invoke' },
    h('h3', {}, 'Invoke'),
    fileField,
    h('label', { for: 'invoke-event' }, 'Event', input),
    h('p', {}, button),
    result,
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    replace(result, h('p.dim', {}, 'Running…'));
    try {
      const { error, payload } = await invokeFunction(name, parseJson(input.value, 'The event'));
      replace(
        result,
        h(
          'p',
          {},
          error ? h('span.state.fault', {}, 'The function failed') : h('span.state.ok', {}, 'Succeeded'),
        ),
        jsonView('Result', parseObject(payload) ?? payload),
      );
    } catch (error) {
      replace(result, h('p.bad', {}, formatError(error)));
    } finally {
      button.disabled = false;
    }
  });
  return form;
}

/** @param {readonly FunctionRun[]} runs */
function runTable(runs) {
  if (runs.length === 0) return h('p.dim', {}, 'None yet.');
  return h(
    'div.scroll',
    { tabindex: 0, role: 'region', 'aria-label': 'Invocations' },
    table(
      ['Time', 'Duration', 'Initialization', 'Result', 'Logs', 'Trace'],
      runs.map(({ requestId, time, millis, initMillis, errorType, traceId }) => [
        h('td.mono', {}, formatTime(time)),
        h('td.num', {}, formatMillis(millis)),
        h('td.num', {}, initMillis === undefined ? '–' : formatMillis(initMillis)),
        h('td', {}, errorType === undefined ? 'ok' : h('span.state.fault', {}, errorType)),
        h('td', {}, h('a', { href: `#/logs?request=${encodeURIComponent(requestId)}` }, 'Logs')),
        h('td', {}, traceId === undefined ? '–' : h('a', { href: `#/traces/${traceId}` }, 'Trace')),
      ]),
    ),
  );
}
