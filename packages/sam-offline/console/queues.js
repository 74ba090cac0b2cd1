import { calmly, get } from './app.js';
import { empty, h, pairs, replace } from './dom.js';
import { json, parsed, plural, time } from './format.js';

/** The queues and what is in them; looking receives nothing. */
export function queues(root) {
  const body = h('div.queue-list', {});
  root.append(h('div.bar', {}, h('h1', {}, 'Queues'), h('span.dim', {}, 'looking receives nothing')), body);

  const load = calmly(async () => {
    const all = await get('queues');
    replace(
      body,
      all.map(({ logicalId, visible, notVisible, delayed, messages }) =>
        h(
          'section.card',
          { 'aria-label': logicalId },
          h('h2', {}, logicalId),
          h('p.dim', {}, `${plural(visible, 'message')}, ${notVisible} in flight, ${delayed} delayed`),
          messages.length === 0
            ? empty('Nothing here: everything was delivered.')
            : h('ol.lines', {}, messages.map(messageOf)),
        ),
      ),
    );
  }, 1000);

  return { show: load, changed: load };
}

function messageOf({ id, body, sentAt, receiveCount, attributes = {} }) {
  const told = Object.entries(attributes).map(([name, value]) => [name, value?.StringValue ?? value]);
  return h(
    'li',
    {},
    h(
      'p',
      {},
      h('span.mono.dim', {}, time(sentAt)),
      ' ',
      h('span.mono', {}, id),
      receiveCount > 0 ? ` received ${receiveCount} times` : '',
    ),
    told.length > 0 && pairs(told),
    h('pre', { tabindex: 0, 'aria-label': 'Body' }, json(parsed(body) ?? body)),
  );
}
