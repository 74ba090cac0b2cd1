import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './combine-templates';

/** Runs a combined template with the arguments of this process. Exits when the runtime exits. */
export function run(example: string, template: string): void {
  const file = join(root, `.template-with-${example}.yaml`);
  writeFileSync(file, template);
  const runtime = spawn(
    process.execPath,
    ['packages/sam-offline/bin/sam-offline.js', '--template', file, ...process.argv.slice(2)],
    { cwd: root, stdio: 'inherit' },
  );
  runtime.on('exit', (code) => process.exit(code ?? 1));
  process.on('SIGTERM', () => runtime.kill('SIGTERM'));
  process.on('SIGINT', () => {}); // the runtime receives SIGINT too, and stops
}
