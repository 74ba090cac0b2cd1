import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { eventually } from '../support/client';
import { type Stack, startStack } from '../support/stack';

/** The tutorials' own client, from its npm package, as a person runs it. */
class Wscat {
  private text = '';

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (data) => {
      this.text += data;
    });
  }

  /** Without a terminal wscat prints what comes in and nothing else: that it is connected shows at the other end. */
  static open(url: string): Wscat {
    const bin = join(__dirname, '..', '..', 'node_modules', '.bin', 'wscat');
    return new Wscat(spawn(bin, ['-c', url], { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  type(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Waits until the screen shows this, and clears it. */
  async sees(text: string): Promise<string> {
    const screen = await eventually(async () => this.text.includes(text) && this.text);
    this.text = '';
    return screen;
  }

  async interrupt(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGINT');
    await exited;
  }
}

describe('two wscat sessions', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.stop());

  it('hold the conversation of the tutorials', async () => {
    const one = Wscat.open(stack.wsUrl);
    const two = Wscat.open(stack.wsUrl);
    await eventually(async () => (await stack.connections()).length === 2);
    expect(await stack.scan('ConnectionsTable')).toHaveLength(4);

    one.type('{"action":"sendmessage","message":"hello, everyone!"}');
    await Promise.all([one.sees('hello, everyone!'), two.sees('hello, everyone!')]);

    two.type('{"action":"sendMessage","message":"hello from terminal1"}');
    await Promise.all([one.sees('hello from terminal1'), two.sees('hello from terminal1')]);

    two.type('{"action":"sendMessage","Message":"hi"}');
    await Promise.all([one.sees('hi'), two.sees('hi')]);

    one.type('test');
    const explanation = await one.sees('"connectionID":"');
    const rows = await stack.scan('ConnectionsTable');
    const connectionId = /"connectionID":"([^"]+)"/.exec(explanation)?.[1];
    expect(explanation).toMatch(
      /Use the sendmessage route to send a message\. Your info: \{"ConnectedAt":"[^"]+Z","Identity":\{"SourceIp":"127\.0\.0\.1","UserAgent":null\},"LastActiveAt":"[^"]+Z","connectionID":"[^"]{15}="\}/,
    );
    expect(rows.map((row) => row.connectionId)).toContain(connectionId);

    await one.interrupt();
    await eventually(async () => (await stack.scan('ConnectionsTable')).length === 2);
    await two.interrupt();
    await eventually(async () => (await stack.scan('ConnectionsTable')).length === 0);
  });
});
