import { follow, get, Names } from './app.js';
import { connections } from './connections.js';
import { h, replace } from './dom.js';
import { executions } from './executions.js';
import { logs } from './logs.js';
import { map } from './map.js';
import { metrics } from './metrics.js';
import { queues } from './queues.js';
import { tables } from './tables.js';
import { traces } from './traces.js';

/**
 * The page: a view for each tab, chosen by the address (`#/traces/1-…`). A view is `mount(root, page)` and returns
 * `{ show(rest, query), changed(versions), close() }`; the page tells it what the runtime says has changed.
 */
const VIEWS = [
  { id: 'traces', title: 'Traces', mount: traces },
  { id: 'map', title: 'Service map', mount: map },
  { id: 'executions', title: 'Executions', mount: executions },
  { id: 'logs', title: 'Logs', mount: logs },
  { id: 'metrics', title: 'Metrics', mount: metrics },
  { id: 'connections', title: 'Connections', mount: connections },
  { id: 'tables', title: 'Tables', mount: tables },
  { id: 'queues', title: 'Queues', mount: queues },
];

const main = document.getElementById('main');
const app = await get('app');
const page = { app, names: new Names(app), go };
let open;
/** What the runtime has last told; a view that is opened later hears of it then. */
let versions;

document.getElementById('stack').textContent = app.stackName;
replace(
  document.getElementById('tabs'),
  VIEWS.map(({ id, title }) => h('li', {}, h('a', { href: `#/${id}`, 'data-tab': id }, title))),
);

/** Goes to an address such as `traces/1-…`; in place of the present one if it only refines it. */
function go(path, { replaceHistory = false } = {}) {
  const hash = `#/${path}`;
  if (hash === location.hash) return;
  if (replaceHistory) {
    history.replaceState(null, '', hash);
    route();
  } else location.hash = hash;
}

function route() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [id, ...rest] = path.split('/').map(decodeURIComponent);
  const view = VIEWS.find((each) => each.id === id) ?? VIEWS[0];
  if (open?.id !== view.id) {
    open?.close?.();
    main.replaceChildren();
    main.className = view.id;
    document.title = `${view.title} · ${app.stackName}`;
    for (const link of document.querySelectorAll('[data-tab]')) {
      if (link.dataset.tab === view.id) {
        link.setAttribute('aria-current', 'page');
        link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      } else link.removeAttribute('aria-current');
    }
    open = { id: view.id, ...view.mount(main, page) };
    if (versions) open.changed?.(versions);
  }
  open.show?.(rest.join('/'), new URLSearchParams(query));
}

function told(isOpen) {
  document.getElementById('live').classList.toggle('off', !isOpen);
  document.getElementById('live-text').textContent = isOpen ? 'live' : 'not connected';
}

addEventListener('hashchange', route);
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
route();
follow((now) => {
  versions = now;
  open?.changed?.(now);
}, told);
