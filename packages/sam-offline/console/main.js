import { get, subscribe } from './api.js';
import { createBuildError } from './build-error.js';
import { mountConnections } from './connections.js';
import { mountCost } from './cost.js';
import { h, replace } from './dom.js';
import { mountEvents } from './events.js';
import { mountExecutions } from './executions.js';
import { mountFrames } from './frames.js';
import { LogicalNames } from './logical-names.js';
import { mountLogs } from './logs.js';
import { mountMetrics } from './metrics.js';
import { mountQueues } from './queues.js';
import { mountServiceMap } from './service-map.js';
import { listenToShortcuts, showShortcuts } from './shortcuts.js';
import { mountTables } from './tables.js';
import { mountTraces } from './traces.js';

/** @import { MountView, Page, Versions, View } from './types' */

/**
 * The views by the first part of the URL fragment, such as `#/traces/1-…`. The first one is the default.
 *
 * @type {{ id: string, title: string, mount: MountView }[]}
 */
const VIEWS = [
  { id: 'traces', title: 'Traces', mount: mountTraces },
  { id: 'map', title: 'Service map', mount: mountServiceMap },
  { id: 'executions', title: 'Executions', mount: mountExecutions },
  { id: 'events', title: 'Events', mount: mountEvents },
  { id: 'logs', title: 'Logs', mount: mountLogs },
  { id: 'metrics', title: 'Metrics', mount: mountMetrics },
  { id: 'cost', title: 'Cost', mount: mountCost },
  { id: 'frames', title: 'Frames', mount: mountFrames },
  { id: 'connections', title: 'Connections', mount: mountConnections },
  { id: 'tables', title: 'Tables', mount: mountTables },
  { id: 'queues', title: 'Queues', mount: mountQueues },
];

const main = elementById('main');
const updateBuildError = createBuildError(elementById('build-error'));
const app = await get('app');
if (!app) throw new Error('The runtime does not describe its application. Restart it.');
/** @type {Page} */
const page = { app, names: new LogicalNames(app), go, query, setQuery, isPaused: () => isPaused };
let isPaused = false;
let isConnected = false;
/** @type {{ id: string, view: View } | undefined} */
let mounted;
/** @type {Versions | undefined} */
let latestVersions;

elementById('stack').textContent = app.stackName;
replace(
  elementById('tabs'),
  VIEWS.map(({ id, title }) => h('li', {}, h('a', { href: `#/${id}`, 'data-tab': id }, title))),
);

/** @type {Page['go']} */
function go(path, { replaceHistory = false } = {}) {
  const hash = `#/${path}`;
  if (hash === location.hash) return;
  if (replaceHistory) {
    history.replaceState(null, '', hash);
    route();
  } else location.hash = hash;
}

function query() {
  return new URLSearchParams(location.hash.split('?')[1]);
}

/** @type {Page['setQuery']} */
function setQuery(values) {
  const [path] = location.hash.split('?');
  const given = Object.entries(values).filter(([, value]) => value !== '');
  history.replaceState(null, '', [path, ...(given.length > 0 ? [new URLSearchParams(given)] : [])].join('?'));
}

function route() {
  /** @type {HTMLDialogElement | null} */ (document.querySelector('dialog[open]'))?.close();
  const [path = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [id, ...rest] = path.split('/').map(decodeURIComponent);
  mountView(id).show(rest.join('/'), query());
}

/**
 * Mounts a view, unless it is mounted already.
 *
 * @param {string | undefined} requestedId
 */
function mountView(requestedId) {
  const [defaultView] = VIEWS;
  const entry = VIEWS.find(({ id }) => id === requestedId) ?? defaultView;
  if (!entry) throw new Error('The console has no views.');
  if (mounted?.id === entry.id) return mounted.view;
  mounted?.view.close?.();
  main.replaceChildren();
  main.className = entry.id;
  document.title = `${entry.title} · ${page.app.stackName}`;
  markTab(entry.id);
  const view = entry.mount(main, page);
  mounted = { id: entry.id, view };
  if (latestVersions) view.changed(latestVersions);
  return view;
}

/** @param {string} id */
function markTab(id) {
  for (const link of elementById('tabs').querySelectorAll('a')) {
    if (link.dataset.tab === id) {
      link.setAttribute('aria-current', 'page');
      link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    } else link.removeAttribute('aria-current');
  }
}

/** @param {string} id */
function elementById(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element with the ID ${id}.`);
  return element;
}

addEventListener('hashchange', route);
elementById('skip').addEventListener('click', (event) => {
  event.preventDefault();
  main.focus();
});
route();
subscribe({
  onChange(versions) {
    latestVersions = versions;
    updateBuildError(versions.build);
    if (!isPaused) mounted?.view.changed(versions);
  },
  onConnection(isOpen) {
    isConnected = isOpen;
    showConnection();
  },
});

function togglePause() {
  isPaused = !isPaused;
  elementById('pause').setAttribute('aria-pressed', String(isPaused));
  showConnection();
  if (!isPaused && latestVersions) mounted?.view.changed(latestVersions);
}

function showConnection() {
  const live = elementById('live');
  live.classList.toggle('disconnected', !isConnected);
  live.classList.toggle('paused', isPaused);
  elementById('live-text').textContent = !isConnected ? 'Disconnected' : isPaused ? 'Paused' : 'Live';
}

elementById('pause').addEventListener('click', togglePause);
const showHelp = () => showShortcuts(VIEWS.map(({ title }) => title));
elementById('help').addEventListener('click', showHelp);
listenToShortcuts({
  openView: (index) => {
    const view = VIEWS[index];
    if (view) go(view.id);
  },
  togglePause,
  showHelp,
});
