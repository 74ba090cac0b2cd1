import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { readTreeUsage } from '../process-tree';
import type { DialectName } from './dialects';
import type { Answer, Call } from './process';
import type { MessageTimes } from './receipts';
import type { RateReceipts } from './swarm';

/** Runs the clients of a server in a separate process. Has the same methods as `Swarm`. */
export class Clients {
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private calls = 0;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (answer: Answer) => this.waiting.get(answer.id)?.(answer));
    child.on('exit', (code) => {
      for (const [id, settle] of this.waiting) settle({ id, error: `The clients exited with code ${code}.` });
    });
  }

  static start(dialect: DialectName, urls: readonly string[]): Clients {
    return new Clients(fork(join(__dirname, 'process.ts'), [dialect, ...urls]));
  }

  open(rooms: number, members: number): Promise<void> {
    return this.call('open', rooms, members);
  }

  send(timeoutMs: number): Promise<MessageTimes> {
    return this.call('send', timeoutMs);
  }

  sendAtRate(perSecond: number, seconds: number, drainMs: number): Promise<RateReceipts> {
    return this.call('sendAtRate', perSecond, seconds, drainMs);
  }

  /** The CPU time that the process has used, in milliseconds. */
  get cpuMs(): number {
    return readTreeUsage(this.child.pid as number).cpuMs;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }

  private async call<T>(method: Call['method'], ...args: readonly unknown[]): Promise<T> {
    const id = this.calls;
    this.calls += 1;
    const answered = new Promise<Answer>((resolve) => this.waiting.set(id, resolve));
    this.child.send({ id, method, args } satisfies Call);
    const { result, error } = await answered;
    this.waiting.delete(id);
    if (error !== undefined) throw new Error(error);
    return result as T;
  }
}
