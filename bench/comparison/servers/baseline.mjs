// Starts Roomcast of another checkout: node baseline.mjs DIR ARGUMENT… Commits before the package sam-offline have the runtime in
// `local`. Parameters that the template does not have are left out, because the runtime rejects them.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, ...args] = process.argv.slice(2);
const [, section] = /^Parameters:\n([\s\S]*?)^\S/m.exec(readFileSync(join(folder, 'template.yaml'), 'utf8'));
const known = new Set([...section.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name));
const isAccepted = (arg) => !/^\w+=/.test(arg) || known.has(arg.split('=')[0]);

const command = join(folder, 'packages/sam-offline/bin/sam-offline.js');
const runtime = existsSync(command) ? [command] : ['--import', 'tsx', 'local/src/cli.ts'];
const child = spawn(process.execPath, [...runtime, ...args.filter(isAccepted)], {
  cwd: folder,
  stdio: 'inherit',
});
child.on('exit', (code) => process.exit(code ?? 0));
