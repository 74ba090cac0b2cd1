import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../testbed/client';

/** A wscat process with piped standard input and output. */
export class Wscat {
  private text = '';
  private readUpTo = 0;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (data) => {
      this.text += data;
    });
  }

  static open(url: string, options: string[] = []): Wscat {
    const bin = join(__dirname, '..', '..', 'node_modules', '.bin', 'wscat');
    return new Wscat(spawn(bin, ['-c', url, ...options], { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** The complete output. */
  get transcript(): string {
    return this.text;
  }

  /**
   * Waits for the connection and returns its ID. Without a terminal, wscat does not print a message when it connects, and it
   * drops earlier input. Therefore, this method types a line repeatedly until it receives a reply.
   */
  async waitForConnection(): Promise<string> {
    const connectionId = await eventually(async () => {
      this.type('help');
      await sleep(500);
      return /"connectionID":"([^"]+)"/.exec(this.text)?.[1];
    });
    this.readUpTo = this.text.length;
    return connectionId;
  }

  type(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Waits until the output since the last call contains `text`, and returns the output. */
  async waitForText(text: string): Promise<string> {
    const output = await eventually(async () => {
      const unread = this.text.slice(this.readUpTo);
      return unread.includes(text) && unread;
    });
    this.readUpTo += output.length;
    return output;
  }

  /** Waits for a line that starts with `beginning`, ignoring prompts, and returns it. */
  async waitForLine(beginning: string): Promise<string> {
    return eventually(async () => {
      const lines = this.text.split('\n').map((line) => line.replace(/^(> )+/, ''));
      return lines.find((line) => line.startsWith(beginning));
    });
  }

  async interrupt(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGINT');
    await exited;
  }
}
