// The runtime adds this script to the pages of the website. It shows why a build failed while the page is open.
import { get } from './api.js';
import { renderBuildError } from './build-error.js';
import { h, replace } from './dom.js';

// A stream would take one of the six connections that a browser opens to the runtime for all tabs.
const INTERVAL_MILLIS = 1000;

const STYLES = `
  section {
    position: fixed;
    inset: auto 0 0;
    z-index: 2147483647;
    box-sizing: border-box;
    max-height: 50vh;
    padding: 12px 16px;
    border-top: 3px solid light-dark(#b01f2e, #ff8f95);
    background: light-dark(#fdebec, #3a171b);
    color: light-dark(#19202a, #e3e8ef);
    font: 14px/1.5 system-ui, sans-serif;
    overflow-y: auto;
  }
  button { float: right; font: inherit; }
  pre { margin: 4px 0 8px; font-size: 13px; white-space: pre-wrap; overflow-wrap: anywhere; }
`;

// A shadow tree separates the styles of this script and of the page. A constructed style sheet needs no permission of the
// page's Content-Security-Policy.
const host = h('div', { role: 'alert' });
const root = host.attachShadow({ mode: 'open' });
const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLES);
root.adoptedStyleSheets = [sheet];
const content = h('div');
root.append(content);
document.body.append(host);

/** The errors that are shown, or that the user has hidden. */
let current = '[]';

async function update() {
  if (document.hidden) return;
  const status = await get('build').catch(() => undefined); // the runtime has stopped
  const errors = status?.errors ?? [];
  if (!status || JSON.stringify(errors) === current) return;
  current = JSON.stringify(errors);
  const hide = h('button', { type: 'button', onclick: () => replace(content) }, 'Hide');
  replace(content, errors.length > 0 && h('section', {}, hide, errors.map(renderBuildError)));
}

setInterval(update, INTERVAL_MILLIS);
document.addEventListener('visibilitychange', update);
update();
