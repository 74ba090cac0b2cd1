// Starts every template of a folder and tries its WebSocket APIs. Prints which templates start, accept a client
// and respond, and the reasons if they do not. Installs nothing: install the dependencies of the templates first.
//
// Usage: node scripts/try-templates.js FOLDER [--json]
const { spawn } = require('node:child_process');
const { existsSync, readdirSync } = require('node:fs');
const { join, relative, resolve } = require('node:path');
const WebSocket = require('ws');

// In a clone of the repository, dist/ does not exist before the first start.
const BUILD = join(__dirname, '../build.js');
if (existsSync(BUILD)) require(BUILD).buildIfStale();
const { loadTemplate } = require('..');

const TEMPLATE = /^(?:template|sam|packaged|cloudformation)[\w-]*\.(?:ya?ml|json)$/;
const COMMAND = join(__dirname, '../bin/sam-offline.js');
const START_MILLIS = 60_000;
const ANSWER_MILLIS = 20_000;

/** Lists the templates below a folder. */
function listTemplates(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(?:node_modules|\..*)$/.test(entry.name) ? [] : listTemplates(path);
    return TEMPLATE.test(entry.name) ? [path] : [];
  });
}

/** Loads a template. Parameters without a value get the value `VALUE`. */
function load(file) {
  try {
    return { app: loadTemplate({ file }), overrides: [] };
  } catch (error) {
    const [, names] = /--parameter-overrides (.*)$/m.exec(error.message) ?? [];
    if (names === undefined) throw error;
    const overrides = names.split(' ');
    const parameters = Object.fromEntries(overrides.map((override) => override.split('=')));
    return { app: loadTemplate({ file, parameters }), overrides };
  }
}

/** Starts a template in a process of its own. Resolves to its port. */
function start(file, overrides) {
  const args = [COMMAND, '--port', '0', '--template', file];
  if (overrides.length > 0) args.push('--parameter-overrides', ...overrides);
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const ready = new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error('It was not ready in time.')), START_MILLIS);
    const collect = (data) => {
      output += data;
      const port = /^Ready on http:\/\/localhost:(\d+)/m.exec(output)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      done(Number(port));
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('exit', () => {
      clearTimeout(timer);
      fail(new Error(output.trim()));
    });
  });
  return { child, ready, log: () => output };
}

/** Connects to a WebSocket API and sends one message to each route. Returns what happened. */
async function tryApi(url, api) {
  const socket = new WebSocket(url, { headers: { Origin: 'http://localhost' } });
  const received = [];
  socket.on('message', (data) => received.push(data.toString()));
  const rejection = await new Promise((done) => {
    socket.once('open', () => done(undefined));
    socket.once('error', (error) => done(error.message));
  });
  if (rejection !== undefined) return { connected: false, answered: false, reason: rejection };
  for (const message of createMessages(api)) socket.send(message);
  const answered = await waitFor(() => received.some((text) => !isError(text)));
  socket.terminate();
  const reason = answered ? '' : (received[0] ?? 'No message arrived.');
  return { connected: true, answered, reason };
}

/** Creates a message for each route, with the members that public samples use. */
function createMessages({ routeSelectionExpression, routes }) {
  const name = /\.([\w-]+)\}?$/.exec(routeSelectionExpression)?.[1] ?? 'action';
  const members = {
    data: 'hello',
    message: 'hello',
    text: 'hello',
    room: 'lobby',
    roomId: 'lobby',
    user: 'ada',
    name: 'ada',
  };
  const keys = routes
    .map(({ routeKey }) => routeKey)
    .filter((key) => !/^\$(?:connect|disconnect)$/.test(key));
  return keys.map((key) => JSON.stringify({ ...members, [name]: key === '$default' ? 'other' : key }));
}

function isError(text) {
  return /"message":\s*"(?:Internal server error|Forbidden|Endpoint request timed out)"/.test(text);
}

async function waitFor(condition) {
  const end = Date.now() + ANSWER_MILLIS;
  while (!condition() && Date.now() < end) await new Promise((done) => setTimeout(done, 50));
  return condition();
}

async function tryTemplate(file) {
  const result = { boots: false, connects: false, answers: false, reason: '' };
  let running;
  try {
    const { app, overrides } = load(file);
    running = start(file, overrides);
    const port = await running.ready;
    result.boots = true;
    const [api] = app.webSocketApis;
    if (!api) return { ...result, reason: 'It has no WebSocket API.' };
    const { connected, answered, reason } = await tryApi(`ws://127.0.0.1:${port}/${api.stage}`, api);
    const warning = /^WARN {2}runtime .*?reason="(.*?)" {2}/m.exec(running.log())?.[1];
    return { ...result, connects: connected, answers: answered, reason: answered ? '' : (warning ?? reason) };
  } catch (error) {
    return { ...result, reason: error.message };
  } finally {
    running?.child.kill();
  }
}

async function main() {
  const [folder, ...flags] = process.argv.slice(2);
  if (folder === undefined) throw new Error('Usage: node scripts/try-templates.js FOLDER [--json]');
  const results = [];
  for (const file of listTemplates(resolve(folder)).sort()) {
    const result = { template: relative(resolve(folder), file), ...(await tryTemplate(file)) };
    results.push(result);
    if (!flags.includes('--json')) printRow(result);
  }
  if (flags.includes('--json')) console.log(JSON.stringify(results, undefined, 2));
  else printTotals(results);
}

function printRow({ template, boots, connects, answers, reason }) {
  const marks = [boots, connects, answers].map((value) => (value ? 'yes' : 'no').padEnd(8));
  const [line = ''] = reason.split('\n');
  console.log(`${marks.join('')}  ${template}${line === '' ? '' : `: ${line.slice(0, 200)}`}`);
}

function printTotals(results) {
  const count = (key) => results.filter((result) => result[key]).length;
  console.log(
    `\n${results.length} templates: ${count('boots')} start, ${count('connects')} let a client in, ${count('answers')} answer.`,
  );
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
