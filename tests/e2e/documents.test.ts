import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describeAtLength } from '../../testbed/at-length';
import { eventually } from '../../testbed/client';
import type { Stack } from '../../testbed/stack';
import { root } from '../../testbed/template';
import {
  type CommandBlock,
  findCommandBlocks,
  findConversationBlocks,
  listDocuments,
} from '../support/documents';
import { describeLocallyAtLength, type StackUnderTest, stackUnderTest, waitForIndex } from '../support/stack';
import { Wscat } from '../support/wscat';

const exec = promisify(execFile);

/** Commands that .ci/run executes in a clean clone before the tests. */
const RUN_BY_CI = ['npm ci', 'npm start'];

/** The number of characters of a displayed line that are compared. The remaining characters contain IDs and times. */
const COMPARED_LENGTH = 14;

const blocks = listDocuments().flatMap(findCommandBlocks);
const localBlocks = blocks.filter(({ needsAccount }) => !needsAccount);

let stack: StackUnderTest;
beforeAll(async () => {
  stack = await stackUnderTest();
});
afterAll(() => stack.stop());

describeLocallyAtLength('commands in the documents', 'local port, which the commands use', () => {
  /** Replaces the default port and the key in a command. */
  const adapt = (commands: string) => {
    const { port } = new URL(stack.httpUrl);
    return commands
      .replace(/\b(localhost|127\.0\.0\.1):3000\b/g, `127.0.0.1:${port}`)
      .replace(/--port 3000\b/g, `--port ${port}`)
      .replace('<key>', stack.broadcastKey);
  };

  it('contains at least six commands that run locally', () => {
    expect(localBlocks.length).toBeGreaterThanOrEqual(6);
  });

  // Test names contain line numbers. If the tests are skipped, they are listed as a single test with a stable name.
  const named = localBlocks.map((block) => [block.place, block] as const);
  const cases = process.env.WS_URL ? named.slice(0, 1).map(([, block]) => ['each', block] as const) : named;
  it.each(cases)('runs %s', async (_, block) => {
    const commands = block.commands.split('\n').filter((line) => !RUN_BY_CI.includes(line));
    if (commands.length === 0) return expectRunByCi(block);
    const text = adapt(commands.join('\n'));
    if (text.startsWith('npx wscat')) await runConversation(stack.local as Stack, text, block.conversation);
    else expectSuccess(text, await run(text));
  });
});

/** Runs commands and returns the output. If a command fails, the error also contains the output. */
async function run(text: string): Promise<string> {
  const { stdout } = await exec('bash', ['-euo', 'pipefail', '-c', text], { cwd: root }).catch((error) => {
    throw new Error(`${error.message}\n${error.stdout}`);
  });
  return stdout;
}

describeAtLength('conversations in the documents', () => {
  it('produces the displayed output with one terminal per block', async () => {
    const conversations = listDocuments().flatMap(findConversationBlocks);
    expect(conversations.length).toBeGreaterThanOrEqual(2);
    /** The actual room numbers, by the room numbers in the documents. */
    const numbers = new Map<string, string>();
    const terminals: Wscat[] = [];
    for (const { lines } of conversations) {
      const wscat = Wscat.open(stack.wsUrl);
      terminals.push(wscat);
      await wscat.waitForConnection();
      for (const line of lines) {
        await waitForIndex(stack);
        await replay(wscat, line, numbers);
      }
    }
    await Promise.all(terminals.map((wscat) => wscat.interrupt()));
  });
});

it('marks only commands that use AWS as requiring an account', () => {
  const marked = blocks.filter(({ needsAccount }) => needsAccount);
  expect(marked.length).toBeGreaterThan(0);
  for (const { place, commands } of marked) {
    expect([place, commands]).toEqual([
      place,
      expect.stringMatching(/\bsam |\baws |--stack |amazonaws|wss:/),
    ]);
  }
});

function expectRunByCi({ commands }: CommandBlock) {
  const ci = readFileSync(join(root, '.ci', 'run'), 'utf8');
  for (const command of commands.split('\n')) expect(ci).toContain(`step '${command}'`);
}

/** Asserts that the server accepted a broadcast, because `curl` also succeeds if the server rejects it. */
function expectSuccess(command: string, output: string) {
  if (!command.startsWith('curl')) return;
  expect(JSON.parse(output)).toMatchObject({ messageId: expect.any(String), ts: expect.any(String) });
}

/** Types an input line of a conversation, or waits for the frame in an output line. Documents can omit fields with `…`. */
async function replay(wscat: Wscat, line: string, numbers: Map<string, string>) {
  const text = line.slice(2).replace(/\b\d{9}\b/g, (number) => numbers.get(number) ?? number);
  if (line.startsWith('> ')) return wscat.type(text);
  const { room, ...displayed } = JSON.parse(text.replace(', …}', '}'));
  const frame = JSON.parse(await wscat.waitForLine(`{"type":"${displayed.type}"`));
  expect(frame).toMatchObject(displayed);
  if (displayed.type === 'created') numbers.set(room, frame.room);
  else expect(frame.room).toBe(room);
}

/** Runs a wscat command and replays its conversation. */
async function runConversation(stack: Stack, command: string, conversation: string[]) {
  const [, url = '', rest = ''] = /-c '?([^\s']+)'?(.*)/.exec(command) ?? [];
  const wscat = Wscat.open(url, rest.trim().split(/\s+/).filter(Boolean));
  try {
    await eventually(async () => (await stack.connections()).length > 0); // wscat drops input until it is connected
    await waitForIndex(stack);
    let typedAt = 0;
    for (const line of conversation) {
      if (line.startsWith('> ')) {
        typedAt = wscat.transcript.length;
        wscat.type(line.slice(2));
      } else
        await eventually(async () => wscat.transcript.includes(line.slice(2, 2 + COMPARED_LENGTH), typedAt));
    }
  } finally {
    await wscat.interrupt();
    await eventually(async () => (await stack.connections()).length === 0);
  }
}
