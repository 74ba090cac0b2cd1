import { h } from './dom.js';

/**
 * Creates the form that sends frames on a connection of this page.
 *
 * @param {object} options
 * @param {readonly { name: string, text: string }[]} options.templates
 * @param {string} options.text the frame to start with
 * @param {(text: string) => void} options.send
 */
export function createComposer({ templates, text, send }) {
  const input = h('textarea', {
    id: 'frame-text',
    rows: 4,
    spellcheck: 'false',
    placeholder: 'Write a frame, or choose a template',
    'aria-label': 'Frame to send',
    onkeydown: (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      submit();
    },
  });
  const select = h(
    'select',
    {
      id: 'frame-template',
      'aria-label': 'Template',
      onchange: () => {
        const template = templates[Number(select.value)];
        if (template) edit(template.text);
      },
    },
    h('option', { value: '' }, 'Template…'),
    templates.map(({ name }, index) => h('option', { value: index }, name)),
  );
  input.value = text;

  function submit() {
    if (input.value !== '') send(input.value);
  }

  /** @param {string} next */
  function edit(next) {
    input.value = next;
    input.focus();
  }

  const element = h(
    'form.composer',
    { 'aria-label': 'Send a frame' },
    input,
    h('div.actions', {}, select, h('button.primary', { type: 'submit', title: 'Ctrl+Enter' }, 'Send')),
  );
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  return { element, edit };
}
