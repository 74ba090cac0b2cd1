import { execFileSync } from 'node:child_process';

/** Measures how long a new process takes to load a bundle, in milliseconds. */
export function measureLoadTime(bundle: string, environment: NodeJS.ProcessEnv = {}): number {
  const script = `const t = performance.now(); require(${JSON.stringify(bundle)}); console.log(performance.now() - t)`;
  return Number(execFileSync(process.execPath, ['-e', script], { env: environment, encoding: 'utf8' }));
}
