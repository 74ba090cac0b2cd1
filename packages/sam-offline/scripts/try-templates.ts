// Starts public SAM templates that contain Node.js functions, and sends one request to each application. Prints the
// response, or the reason why the application does not start. `public-templates.json` lists the repositories. Their files
// are not part of this repository.
//
// Usage: npx tsx packages/sam-offline/scripts/try-templates.ts FOLDER [--fetch] [--only TEXT] [--json] [--install]
//
//   FOLDER       contains the checkouts as OWNER/REPOSITORY
//   --fetch      fetch listed commits from GitHub if FOLDER lacks them
//   --only TEXT  try only the templates whose path contains the text
//   --install    install packages, as `sam-offline --install` does. Third-party code then runs with your permissions
//   --json       print one JSON object for each template
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import WebSocket from 'ws';

const COMMAND = join(__dirname, '../bin/sam-offline.js');
const TEMPLATE = /^(?:template|sam)[\w-]*\.(?:ya?ml|json)$/;
/** Includes the time to install packages and to bundle functions. */
const START_MILLIS = 120_000;
const ANSWER_MILLIS = 30_000;

/** The output of `sam-offline --json` when an application is ready. */
interface Ready {
  readonly port: number;
  readonly sections: readonly {
    readonly title: string;
    readonly address?: string;
    readonly items: readonly string[];
  }[];
}

interface Result {
  readonly template: string;
  readonly starts: boolean;
  /** The request and its response, or the reason why the template does not start. */
  readonly result: string;
  /** The resources and properties that do not work, with their lines. */
  readonly unsupported: readonly string[];
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      fetch: { type: 'boolean' },
      only: { type: 'string', default: '' },
      json: { type: 'boolean' },
      install: { type: 'boolean' },
    },
  });
  if (positionals[0] === undefined) throw new Error('Name the folder of the checkouts.');
  const folder = resolve(positionals[0]);
  if (values.fetch) fetchRepositories(folder);
  const results: Result[] = [];
  for (const file of listTemplates(folder).sort()) {
    const template = relative(folder, file).replaceAll('\\', '/');
    if (!template.includes(values.only)) continue;
    const result = { template, ...(await tryTemplate(file, values.install ? '--install' : '--no-install')) };
    results.push(result);
    process.stdout.write(`${values.json ? JSON.stringify(result) : format(result)}\n`);
  }
  const started = results.filter(({ starts }) => starts).length;
  if (!values.json) process.stdout.write(`\n${started} of ${results.length} templates start.\n`);
}

function fetchRepositories(folder: string): void {
  const list = JSON.parse(readFileSync(join(__dirname, 'public-templates.json'), 'utf8'));
  for (const [repository, commit] of Object.entries(list as Record<string, string>)) {
    const cwd = join(folder, repository);
    if (existsSync(cwd)) continue;
    mkdirSync(cwd, { recursive: true });
    const git = (...args: string[]) => execFileSync('git', args, { cwd, stdio: 'inherit' });
    git('init', '--quiet');
    git('fetch', '--quiet', '--depth=1', `https://github.com/${repository}.git`, commit);
    git('checkout', '--quiet', 'FETCH_HEAD');
  }
}

/** Lists the SAM templates with Node.js functions. */
function listTemplates(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return /^(?:node_modules|\..*)$/.test(entry.name) ? [] : listTemplates(path);
    return TEMPLATE.test(entry.name) && isNodeTemplate(readFileSync(path, 'utf8')) ? [path] : [];
  });
}

function isNodeTemplate(text: string): boolean {
  return /AWS::(?:Serverless|Lambda)::Function/.test(text) && /['"]?Runtime['"]?:\s*['"]?nodejs/.test(text);
}

async function tryTemplate(file: string, install: string): Promise<Omit<Result, 'template'>> {
  const args = [COMMAND, '--json', '--port', '0', install, '--template', file];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), START_MILLIS);
  let errors = '';
  child.stderr.on('data', (data) => {
    errors += data;
  });
  let ready: Ready | undefined;
  try {
    for await (const line of createInterface(child.stdout)) {
      if (!line.startsWith('{')) continue;
      const event = JSON.parse(line);
      if (event.type === 'ready') ready = event;
      if (ready === undefined || event.type !== 'support') continue;
      clearTimeout(timer);
      child.stdout.resume();
      const result = await sendRequest(ready).catch((error: Error) => `failed: ${error.message}`);
      return { starts: true, result, unsupported: listUnsupported(event) };
    }
    return { starts: false, result: errors.trim() || 'It was not ready in time.', unsupported: [] };
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}

/** Sends one request to the first API, or invokes the first function. */
async function sendRequest({ port, sections }: Ready): Promise<string> {
  const find = (title: string) => sections.find((section) => section.title === title);
  const socket = find('WebSocket');
  if (socket?.address) return `connect: ${await connect(socket.address)}`;
  for (const title of ['HTTP', 'REST']) {
    const route = find(title)?.items.find((item) => item.includes('/'));
    if (route === undefined) continue;
    const [method = '', path = ''] = route.replace(/^(?:ANY|\$default) ?/, 'GET ').split(' ');
    const url = find(title)?.address + path.replace(/\{[^}]+\}/g, '1');
    const body = /^(?:POST|PUT|PATCH)$/.test(method) ? { body: '{}', headers: JSON_TYPE } : {};
    const response = await fetch(url, { method, ...body, signal: AbortSignal.timeout(ANSWER_MILLIS) });
    return `${method} ${path}: ${response.status} ${(await response.text()).slice(0, 120)}`;
  }
  const [name] = find('Functions')?.items ?? [];
  if (name === undefined) return 'It has neither an API nor a function that runs.';
  return `invoke ${name}: ${await invoke(port, name)}`;
}

const JSON_TYPE = { 'content-type': 'application/json' };

async function invoke(port: number, logicalId: string): Promise<string> {
  const origin = `http://127.0.0.1:${port}`;
  const app = (await (await fetch(`${origin}/_local/app`)).json()) as {
    functions: { logicalId: string; name: string }[];
  };
  const name = app.functions.find((fn) => fn.logicalId === logicalId)?.name;
  const response = await fetch(`${origin}/2015-03-31/functions/${name}/invocations`, {
    method: 'POST',
    body: '{}',
    headers: { authorization: 'none' },
    signal: AbortSignal.timeout(ANSWER_MILLIS),
  });
  return (await response.text()).slice(0, 120);
}

function connect(address: string): Promise<string> {
  const socket = new WebSocket(address, { handshakeTimeout: ANSWER_MILLIS });
  return new Promise((done) => {
    socket.once('open', () => done('101'));
    socket.once('unexpected-response', (_request, response) => done(String(response.statusCode)));
    socket.once('error', (error) => done(error.message));
  }).finally(() => socket.terminate()) as Promise<string>;
}

function listUnsupported(report: {
  resources: { support: string; logicalId: string; type: string; line: number }[];
  findings: { kind: string; line: number; message: string }[];
}): string[] {
  return [
    ...report.resources
      .filter(({ support }) => support === 'unsupported')
      .map(({ line, logicalId, type }) => `line ${line}: ${logicalId} (${type})`),
    ...report.findings
      .filter(({ kind }) => kind !== 'warning')
      .map(({ line, message }) => `line ${line}: ${message}`),
  ];
}

function format({ template, starts, result, unsupported }: Result): string {
  const lines = [`${starts ? 'starts' : 'FAILS '}  ${template}`, result, ...unsupported];
  return lines.join('\n        ');
}

main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
