// Starts every template of a folder and drives its WebSocket API. Prints which templates start, accept a client and pass
// a message back, and for the others everything that the runtime reports about them, with lines.
//
// Usage: node scripts/try-templates.js FOLDER [--cases FILE] [--only TEXT] [--install] [--json]
//
//   --cases FILE  JSON: what a client of a template does, by the path of the template in the folder (see Case)
//   --only TEXT   try only the templates whose path contains the text
//   --install     install missing packages, as `sam-offline --install` does; without it, nothing is installed
//   --json        print an array of results
const { execFileSync, spawn } = require('node:child_process');
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { join, relative, resolve } = require('node:path');
const { setTimeout: wait } = require('node:timers/promises');
const { parseArgs } = require('node:util');
const WebSocket = require('ws');

// In a clone of the repository, dist/ does not exist before the first start.
const BUILD = join(__dirname, '../build.js');
if (existsSync(BUILD)) execFileSync(process.execPath, [BUILD, '--if-stale'], { stdio: 'inherit' });
const { loadTemplate } = require('..');

/**
 * Replaces the guesses of this script for a template.
 *
 * @typedef {object} Case
 * @property {Record<string, string>} [parameters] values of the template's parameters
 * @property {Record<string, string>} [environment] environment variables of the command, such as AWS_REGION
 * @property {string} [query] the query string of the connection, with `?`
 * @property {Record<string, string>} [headers] the headers of the connection
 * @property {string[]} [protocols] the subprotocols of the connection
 * @property {number} [clients] how many clients connect; the first one sends. Default: 1
 * @property {object[]} [messages] the messages that it sends. Default: one for each route
 * @property {Call[]} [before] calls of AWS services before it connects
 * @property {Call[]} [after] calls of AWS services after it has sent the messages
 */

/**
 * @typedef {object} Call
 * @property {string} service for example `dynamodb`
 * @property {string} target for example `DynamoDB_20120810.PutItem`
 * @property {object} body the parameters
 */

const TEMPLATE = /^(?:template|sam|packaged|cloudformation)[\w-]*\.(?:ya?ml|json)$/;
const COMMAND = join(__dirname, '../bin/sam-offline.js');
/** Includes the time to install packages. */
const START_MILLIS = 300_000;
const CONNECT_MILLIS = 60_000;
const ANSWER_MILLIS = 15_000;
const ROUNDS = 2;

/** Lists the templates below a folder. */
function listTemplates(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(?:node_modules|\..*)$/.test(entry.name) ? [] : listTemplates(path);
    return TEMPLATE.test(entry.name) ? [path] : [];
  });
}

/** Loads a template. Parameters without a value get the value `VALUE`. */
function load(file, given = {}) {
  try {
    return { app: loadTemplate({ file, parameters: given }), parameters: given };
  } catch (error) {
    const [, names] = /--parameter-overrides (.*)$/m.exec(error.message) ?? [];
    if (names === undefined) throw error;
    const missing = Object.fromEntries(names.split(' ').map((override) => override.split('=')));
    const parameters = { ...given, ...missing };
    return { app: loadTemplate({ file, parameters }), parameters };
  }
}

/** Starts a template in a process of its own. */
function start(file, args, environment) {
  const child = spawn(process.execPath, [COMMAND, '--json', '--port', '0', '--template', file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let output = '';
  const ready = new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error('It was not ready in time.')), START_MILLIS);
    const collect = (data) => {
      output += data;
      const event = parseLines(output).find(({ type }) => type === 'ready');
      if (event === undefined) return;
      clearTimeout(timer);
      done(event);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('exit', () => {
      clearTimeout(timer);
      fail(new Error(output.trim()));
    });
  });
  return { child, ready, events: () => parseLines(output) };
}

/** Reads the events of the command, one JSON object per line. Other lines, such as those of npm, are skipped. */
function parseLines(output) {
  const lines = output.slice(0, output.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line.startsWith('{"type":')).map((line) => JSON.parse(line));
}

/** Calls an AWS service of the runtime. */
async function call(port, { service, target, body }) {
  const response = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    headers: {
      'x-amz-target': target,
      'content-type': 'application/x-amz-json-1.1',
      authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/${service}/aws4_request`,
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${target}: ${await response.text()}`);
}

/** Connects a client. Collects what it receives in `received`. Rejects with the response if it is not accepted. */
async function connect(url, { protocols = [], headers = { Origin: 'http://localhost' } }, received) {
  const socket = new WebSocket(url, protocols, { headers, handshakeTimeout: CONNECT_MILLIS });
  socket.on('message', (data) => received.push(data.toString()));
  await new Promise((done, fail) => {
    socket.once('open', done);
    socket.once('error', fail);
  });
  return socket;
}

/** Drives a WebSocket API as its case says. Returns what happened. */
async function tryApi(port, api, example) {
  const received = [];
  const sockets = [];
  const result = { connects: false, answers: false, reason: '' };
  try {
    for (const step of example.before ?? []) await call(port, step);
    for (let count = 0; count < (example.clients ?? 1); count += 1) {
      sockets.push(
        await connect(`ws://127.0.0.1:${port}/${api.stage}${example.query ?? ''}`, example, received),
      );
    }
    result.connects = true;
    const isAnswered = () => received.some((text) => !isError(text));
    // The first invocation of a function with a short timeout may time out on a busy machine.
    for (let round = 0; round < ROUNDS && !isAnswered(); round += 1) {
      for (const message of example.messages ?? createMessages(api)) sockets[0].send(JSON.stringify(message));
      if (example.after) await wait(5000);
      for (const step of example.after ?? []) await call(port, step);
      for (const end = Date.now() + ANSWER_MILLIS; !isAnswered() && Date.now() < end; ) await wait(50);
    }
    result.answers = isAnswered();
    result.reason = received[0] ?? 'No message arrived.';
  } catch (error) {
    result.reason = error.message;
  }
  for (const socket of sockets) socket.terminate();
  return result;
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
  return keys.map((key) => ({ ...members, [name]: key === '$default' ? 'other' : key }));
}

function isError(text) {
  return /"message":\s*"(?:Internal server error|Forbidden|Endpoint request timed out)"/.test(text);
}

/** Lists what the runtime reports: what it does not support, with lines, its notices, and the errors of functions. */
function listReports(events) {
  const { resources = [], findings = [] } = events.find(({ type }) => type === 'support') ?? {};
  const unsupported = resources
    .filter(({ support }) => support === 'unsupported')
    .map(({ line, logicalId, type, note }) => `line ${line}: ${logicalId} (${type}): ${note}`);
  const ineffective = findings
    .filter(({ kind }) => kind !== 'warning')
    .map(({ line, message }) => `line ${line}: ${message}`);
  const notices = events
    .filter(({ type }) => type === 'notice')
    .map(({ message, reason, routeKey = 'authorizer' }) => message ?? `${routeKey}: ${reason}`);
  const errors = events
    .filter(({ type, stream, line }) => type === 'log' && isErrorLine(stream, line))
    .map((event) => `${event.function}: ${event.line}`);
  const lines = [...unsupported, ...ineffective, ...notices, ...errors].map((line) => line.split('\n')[0]);
  return [...new Set(lines)];
}

function isErrorLine(stream, line) {
  if (stream === 'platform') return !/^(?:START|END|REPORT|INIT_START)\b/.test(line);
  // Without the indented lines of stack traces and objects.
  return /^[^\s{}]/.test(line) && (stream === 'stderr' || /error|denied|fail/i.test(line));
}

/** Starts a template, drives its first WebSocket API, and ends it. */
async function tryTemplate(file, example, flags) {
  const result = { boots: false, connects: false, answers: false, reason: '', reports: [] };
  let running;
  try {
    const { app, parameters } = load(file, example.parameters);
    const overrides = Object.entries(parameters).map(([name, value]) => `${name}=${value}`);
    const args = overrides.length > 0 ? [...flags, '--parameter-overrides', ...overrides] : flags;
    running = start(file, args, example.environment);
    const { port } = await running.ready;
    result.boots = true;
    const [api] = app.webSocketApis;
    if (!api) return { ...result, reason: 'It has no WebSocket API.' };
    Object.assign(result, await tryApi(port, api, example));
    // The logs of functions arrive a moment after their results.
    await wait(500);
    if (!result.answers) result.reports = listReports(running.events());
  } catch (error) {
    // The template is rejected: every problem has a line.
    const [reason = '', ...reports] = error.message.split('\n').filter((line) => line.trim() !== '');
    Object.assign(result, { reason, reports });
  } finally {
    running?.child.kill();
  }
  return result;
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      cases: { type: 'string' },
      only: { type: 'string', default: '' },
      install: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  if (positionals.length !== 1) {
    throw new Error(
      'Usage: node scripts/try-templates.js FOLDER [--cases FILE] [--only TEXT] [--install] [--json]',
    );
  }
  const folder = resolve(positionals[0]);
  const cases = values.cases === undefined ? {} : JSON.parse(readFileSync(values.cases, 'utf8'));
  const flags = [values.install ? '--install' : '--no-install'];
  const results = [];
  for (const file of listTemplates(folder).sort()) {
    const template = relative(folder, file).replaceAll('\\', '/');
    if (!template.includes(values.only)) continue;
    const result = { template, ...(await tryTemplate(file, cases[template] ?? {}, flags)) };
    results.push(result);
    if (!values.json) printRow(result);
  }
  if (values.json) console.log(JSON.stringify(results, undefined, 2));
  else printTotals(results);
}

function printRow({ template, boots, connects, answers, reason, reports }) {
  const marks = [boots, connects, answers].map((value) => (value ? 'yes' : 'no').padEnd(8));
  console.log(`${marks.join('')}  ${template}: ${reason}`);
  for (const report of reports) console.log(`    ${report}`);
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
