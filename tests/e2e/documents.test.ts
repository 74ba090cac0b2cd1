import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../support/client';
import {
  type CommandBlock,
  findCommandBlocks,
  findConversationBlocks,
  listDocuments,
} from '../support/documents';
import { describeLocally, type Stack, type StackUnderTest, stackUnderTest } from '../support/stack';
import { root } from '../support/template';
import { Wscat } from '../support/wscat';

const exec = promisify(execFile);

/** What CI does from a clean clone before any test: these commands, and that the runtime answers and stops. */
const DONE_BY_CI = ['npm ci', 'npm start'];

/** How much of a line that is seen is compared: what comes after differs from run to run. */
const COMPARED = 14;

const blocks = listDocuments().flatMap(findCommandBlocks);
const run = blocks.filter(({ needsAccount }) => !needsAccount);

let stack: StackUnderTest;
beforeAll(async () => {
  stack = await stackUnderTest();
});
afterAll(() => stack.stop());

describeLocally('the commands in the documents', 'port of this machine, which the commands name', () => {
  /** The block's commands, for this stack rather than the reader's own. */
  const here = (commands: string) => {
    const { port } = new URL(stack.httpUrl);
    return commands
      .replace(/\b(localhost|127\.0\.0\.1):3000\b/g, `127.0.0.1:${port}`)
      .replace(/--port 3000\b/g, `--port ${port}`)
      .replace('<key>', stack.broadcastKey);
  };

  it('are there', () => {
    expect(run.length).toBeGreaterThanOrEqual(6);
  });

  // By their lines, which move; where none of them runs, one stands for all.
  const named = run.map((block) => [block.place, block] as const);
  const each = process.env.WS_URL
    ? named.slice(0, 1).map(([, block]) => ['each of them', block] as const)
    : named;
  it.each(each)('%s', async (_, block) => {
    const commands = block.commands.split('\n').filter((line) => !DONE_BY_CI.includes(line));
    if (commands.length === 0) return expectDoneByCi(block);
    const text = here(commands.join('\n'));
    if (text.startsWith('npx wscat')) await converse(stack.local as Stack, text, block.conversation);
    else expectAnswer(text, (await exec('bash', ['-euo', 'pipefail', '-c', text], { cwd: root })).stdout);
  });
});

describe('the conversations in the documents', () => {
  it('hold in rooms, in a terminal for each block', async () => {
    const conversations = listDocuments().flatMap(findConversationBlocks);
    expect(conversations.length).toBeGreaterThanOrEqual(2);
    /** The rooms' numbers by those in the documents. */
    const numbers = new Map<string, string>();
    const terminals: Wscat[] = [];
    for (const { lines } of conversations) {
      const wscat = Wscat.open(stack.wsUrl);
      terminals.push(wscat);
      await wscat.waitForConnection();
      for (const line of lines) await sayOrSee(wscat, line, numbers);
    }
    await Promise.all(terminals.map((wscat) => wscat.interrupt()));
  });
});

it('those that need an account use AWS', () => {
  const marked = blocks.filter(({ needsAccount }) => needsAccount);
  expect(marked.length).toBeGreaterThan(0);
  for (const { place, commands } of marked) {
    expect([place, commands]).toEqual([
      place,
      expect.stringMatching(/\bsam |\baws |--stack |amazonaws|wss:/),
    ]);
  }
});

function expectDoneByCi({ commands }: CommandBlock) {
  const ci = readFileSync(join(root, '.ci', 'run'), 'utf8');
  for (const command of commands.split('\n')) expect(ci).toContain(`step '${command}'`);
}

/** `curl` is content with any answer: a broadcast is to be accepted. */
function expectAnswer(command: string, answer: string) {
  if (!command.startsWith('curl')) return;
  expect(JSON.parse(answer)).toEqual({ messageId: expect.any(String), ts: expect.any(String) });
}

/** Types a line of a document, or waits for the frame it shows, of which it may leave fields out. */
async function sayOrSee(wscat: Wscat, line: string, numbers: Map<string, string>) {
  const text = line.slice(2).replace(/\b\d{9}\b/g, (number) => numbers.get(number) ?? number);
  if (line.startsWith('> ')) return wscat.type(text);
  const { room, ...shown } = JSON.parse(text.replace(', …}', '}'));
  const frame = JSON.parse(await wscat.waitForLine(`{"type":"${shown.type}"`));
  expect(frame).toMatchObject(shown);
  if (shown.type === 'created') numbers.set(room, frame.room);
  else expect(frame.room).toBe(room);
}

/** Types what the document types, and waits for what it shows. */
async function converse(stack: Stack, command: string, conversation: string[]) {
  const [, url = '', rest = ''] = /-c '?([^\s']+)'?(.*)/.exec(command) ?? [];
  const wscat = Wscat.open(url, rest.trim().split(/\s+/).filter(Boolean));
  try {
    await eventually(async () => (await stack.connections()).length > 0); // what is typed before is lost
    let typedAt = 0;
    for (const line of conversation) {
      if (line.startsWith('> ')) {
        typedAt = wscat.transcript.length;
        wscat.type(line.slice(2));
      } else await eventually(async () => wscat.transcript.includes(line.slice(2, 2 + COMPARED), typedAt));
    }
  } finally {
    await wscat.interrupt();
    await eventually(async () => (await stack.connections()).length === 0);
  }
}
