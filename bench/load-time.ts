import { execFileSync } from 'node:child_process';

/** Milliseconds in which a new process loads a bundle. */
export function millisToLoad(bundle: string, environment: NodeJS.ProcessEnv = {}): number {
  const script = `const t = performance.now(); require(${JSON.stringify(bundle)}); console.log(performance.now() - t)`;
  return Number(execFileSync(process.execPath, ['-e', script], { env: environment, encoding: 'utf8' }));
}
