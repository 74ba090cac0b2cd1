// The process of the clients. It runs the methods of a `Swarm` for the process that measures, so that the CPU time of the clients
// is not counted as the time of a server.
import type { DialectName } from './dialects';
import { Swarm } from './swarm';

type Methods = Pick<Swarm, 'open' | 'send' | 'sendAtRate'>;

/** A call of a method, which `Answer` answers by its `id`. */
export interface Call {
  readonly id: number;
  readonly method: keyof Methods;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

const [dialect, ...urls] = process.argv.slice(2);
const swarm = new Swarm(dialect as DialectName, urls);

process.on('message', async ({ id, method, args }: Call) => {
  const run = swarm[method].bind(swarm) as (...args: readonly unknown[]) => Promise<unknown>;
  const answer = await run(...args).then(
    (result): Answer => ({ id, result }),
    (error: Error): Answer => ({ id, error: error.message }),
  );
  process.send?.(answer);
});
process.on('disconnect', () => process.exit());
