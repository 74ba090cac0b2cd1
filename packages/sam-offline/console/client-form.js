import { empty, h } from './dom.js';
import { formatError } from './format.js';
import { connect, takeDraft } from './socket-client.js';

/** @import { SampleEvent, WebSocketApi } from './types' */

/**
 * Creates the form that opens a WebSocket connection.
 *
 * @param {object} options
 * @param {readonly WebSocketApi[]} options.apis
 * @param {readonly SampleEvent[]} options.samples
 * @param {(name: string, text: string) => void} options.onConnect called with the name of the client, and the frame to edit
 * @param {() => void} options.onChange called when a connection opens, fails or closes
 */
export function clientForm({ apis, samples, onConnect, onChange }) {
  const [firstApi] = apis;
  if (!firstApi) return empty('The application has no WebSocket API.');
  const draft = takeDraft();
  const templates = samples.filter(({ routeKey }) => routeKey === '$connect');
  const apiSelect = h(
    'select',
    { id: 'client-api' },
    apis.map(({ logicalId, path }) =>
      h('option', { value: path, selected: path === draft.path }, `${logicalId}: ${path}`),
    ),
  );
  const query = h('input', {
    id: 'client-query',
    type: 'text',
    placeholder: 'name=value&name=value',
    value: draft.query,
  });
  const protocols = h('input', {
    id: 'client-protocols',
    type: 'text',
    placeholder: 'first, second',
    value: draft.protocols,
  });
  const templateSelect = h(
    'select',
    { id: 'client-template' },
    h('option', { value: '' }, 'Empty'),
    templates.map(({ name }) => h('option', { value: name }, `${name}.json`)),
  );
  const problem = h('p.bad', { role: 'alert' });

  /** @param {string} name */
  function applyTemplate(name) {
    const template = templates.find((each) => each.name === name);
    query.value = template?.query ?? '';
    protocols.value = template?.protocols ?? '';
  }

  /** @param {SubmitEvent} event */
  function submit(event) {
    event.preventDefault();
    try {
      const target = { path: apiSelect.value, query: query.value.trim(), protocols: protocols.value };
      onConnect(connect(target, onChange), draft.text);
    } catch (error) {
      problem.textContent = formatError(error);
    }
  }

  const form = h(
    'form.client',
    { 'aria-label': 'WebSocket client' },
    h('h2', {}, 'Connect'),
    h('p.dim', {}, 'Opens a WebSocket connection from this page. Web pages cannot send headers with it.'),
    h('label', { for: 'client-api' }, 'API', apiSelect),
    templates.length > 0 && h('label', { for: 'client-template' }, 'Sample event', templateSelect),
    h('label', { for: 'client-query' }, 'Query string', query),
    h('label', { for: 'client-protocols' }, 'Subprotocols', protocols),
    problem,
    h('button.primary', { type: 'submit' }, 'Connect'),
  );
  templateSelect.addEventListener('change', () => applyTemplate(templateSelect.value));
  form.addEventListener('submit', submit);
  return form;
}
