import { get, subscribe } from './api.js';
import { createBuildError } from './build-error.js';
import { mountConnections } from './connections.js';
import { mountCost } from './cost.js';
import { h, replace } from './dom.js';
import { mountEvents } from './events.js';
import { mountExecutions } from './executions.js';
import { mountFaults } from './faults.js';
import { mountFrames } from './frames.js';
import { mountFunctions } from './functions.js';
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
  { id: 'functions', title: 'Functions', mount: mountFunctions },
  { id: 'executions', title: 'Executions', mount: mountExecutions },
  { id: 'events', title: 'Events', mount: mountEvents },
  { id: 'logs', title: 'Logs', mount: mountLogs },
  { id: 'metrics', title: 'Metrics', mount: mountMetrics },
  { id: 'cost', title: 'Cost', mount: mountCost },
  { id: 'frames', title: 'Frames', mount: mountFrames },
  { id: 'connections', title: 'Connections', mount: mountConnections },
  { id: 'tables', title: 'Tables', mount: mountTables },
  { id: 'queues', title: 'Queues', mount: mountQueues },
  { id: 'faults', title: 'Faults', mount: mountFaults },
];

const main = elementById('main');
const updateBuildError = createBuildError(elementById('build-error'));
const app = await get('app');
if (!app) throw new Error('The runtime does not describe its application. Restart it.');
/** @type {Page} */
const page = {
  app,
  names: new LogicalNames(app),
  go,
  query,
  setQuery,
  filter: (name) => filters[name] ?? '',
  setFilter,
  isPaused: () => isPaused,
};
/**
 * The filters of the mounted view by the name of their parameter, which starts with `filter`.
 *
 * @type {Readonly<Record<string, string>>}
 */
let filters = {};
/** @type {ReturnType<typeof setTimeout> | undefined} */
let filterTimer;
let isPaused = false;
/** Whether data has changed since the user paused the live view. */
let hasNewData = false;
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
  const isSameView = path.split(/[/?]/)[0] === mounted?.id;
  const hash = isSameView ? addQuery(`#/${path}`, filters) : `#/${path}`;
  if (hash === location.hash) return;
  if (replaceHistory) {
    history.replaceState(null, '', hash);
    route();
  } else location.hash = hash;
}

function query() {
  return new URLSearchParams(readQuery().filter(([name]) => !isFilter(name)));
}

/** @type {Page['setQuery']} */
function setQuery(values) {
  const [path] = location.hash.split('?');
  history.replaceState(null, '', addQuery(path || `#/${mounted?.id}`, { ...values, ...filters }));
}

/** @type {Page['setFilter']} */
function setFilter(name, value) {
  filters = { ...filters, [name]: value };
  // Browsers limit how often a page may change its address.
  clearTimeout(filterTimer);
  filterTimer = setTimeout(showFilters, 300);
}

function showFilters() {
  setQuery(Object.fromEntries(query()));
}

/** Returns the parameters of the address. */
function readQuery() {
  return [...new URLSearchParams(location.hash.split('?')[1])];
}

/** @param {string} name of a parameter of the address */
function isFilter(name) {
  return name.startsWith('filter');
}

/**
 * @param {string} hash
 * @param {Readonly<Record<string, string>>} values empty ones are omitted
 */
function addQuery(hash, values) {
  const given = Object.entries(values).filter(([, value]) => value !== '');
  if (given.length === 0) return hash;
  return `${hash}${hash.includes('?') ? '&' : '?'}${new URLSearchParams(given)}`;
}

function route() {
  /** @type {HTMLDialogElement | null} */ (document.querySelector('dialog[open]'))?.close();
  const [path = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [id, ...rest] = path.split('/').map(decodePart);
  const given = Object.fromEntries(readQuery().filter(([name]) => isFilter(name)));
  const view = mountView(id, given);
  view.show(rest.join('/'), query());
  // Links to objects of the view contain no filters, so add the filters of the view.
  if (addQuery('', given) !== addQuery('', filters)) showFilters();
}

/**
 * Decodes a part of the address. Returns it unchanged if someone cut it inside an escape sequence.
 *
 * @param {string} part
 */
function decodePart(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * Mounts a view, unless it is mounted already, with the filters of the address if it has any.
 *
 * @param {string | undefined} requestedId
 * @param {Readonly<Record<string, string>>} given the filters of the address
 */
function mountView(requestedId, given) {
  const [defaultView] = VIEWS;
  const entry = VIEWS.find(({ id }) => id === requestedId) ?? defaultView;
  if (!entry) throw new Error('The console has no views.');
  const keepsFilters = ['', addQuery('', filters)].includes(addQuery('', given));
  if (mounted?.id === entry.id && keepsFilters) return mounted.view;
  mounted?.view.close?.();
  main.replaceChildren();
  main.className = entry.id;
  filters = given;
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
    else if (!hasNewData) {
      hasNewData = true;
      showConnection();
    }
  },
  onConnection(isOpen) {
    isConnected = isOpen;
    showConnection();
  },
});

function togglePause() {
  isPaused = !isPaused;
  hasNewData = false;
  elementById('pause').setAttribute('aria-pressed', String(isPaused));
  showConnection();
  if (!isPaused && latestVersions) mounted?.view.changed(latestVersions);
}

function showConnection() {
  const live = elementById('live');
  live.classList.toggle('disconnected', !isConnected);
  live.classList.toggle('paused', isPaused);
  elementById('live-text').textContent = connectionText();
}

function connectionText() {
  if (!isConnected) return 'Disconnected';
  if (!isPaused) return 'Live';
  return hasNewData ? 'Paused, new data' : 'Paused';
}

elementById('pause').addEventListener('click', togglePause);
const showHelp = () => showShortcuts(VIEWS.map(({ title }) => title));
elementById('help').addEventListener('click', showHelp);
listenToShortcuts({
  openView: (index) => {
    const view = VIEWS[index];
    if (!view) return;
    go(view.id);
    main.focus();
  },
  togglePause,
  showHelp,
});
