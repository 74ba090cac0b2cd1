// Runs the methods of a `Swarm` in a separate process, so that the CPU time of the clients is not counted as CPU time of the
// server.
import type { DialectName } from './dialects';
import { Swarm } from './swarm';

type Methods = Pick<Swarm, 'open' | 'send' | 'sendAtRate'>;

/** A method call. The `Answer` with the same `id` contains its result. */
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
