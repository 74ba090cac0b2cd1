import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from './client';

/** The tutorials' own client, from its npm package, as a person runs it. */
export class Wscat {
  private text = '';
  private cleared = 0;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (data) => {
      this.text += data;
    });
  }

  /** Without a terminal wscat prints what comes in and nothing else: that it is connected shows at the other end. */
  static open(url: string, options: string[] = []): Wscat {
    const bin = join(__dirname, '..', '..', 'node_modules', '.bin', 'wscat');
    return new Wscat(spawn(bin, ['-c', url, ...options], { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** Everything that has come in, cleared or not. */
  get transcript(): string {
    return this.text;
  }

  /**
   * Waits until it is connected, and resolves to the connection's id. Without a terminal wscat does not say so, and what
   * is typed before is lost: it is typed again until there is an answer.
   */
  async connected(): Promise<string> {
    const connectionId = await eventually(async () => {
      this.type('who am I?');
      await sleep(500);
      return /"connectionID":"([^"]+)"/.exec(this.text)?.[1];
    });
    this.cleared = this.text.length;
    return connectionId;
  }

  type(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Waits until the screen shows this, and clears it. */
  async sees(text: string): Promise<string> {
    const screen = await eventually(async () => {
      const shown = this.text.slice(this.cleared);
      return shown.includes(text) && shown;
    });
    this.cleared += screen.length;
    return screen;
  }

  /** Waits for a line that begins so, whatever prompts stand before it. */
  async seesLine(beginning: string): Promise<string> {
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
