// Starts Roomcast from another checkout: node baseline.mjs DIR ARGUMENT… Omits parameters that the template of the checkout
// does not define, because the runtime rejects unknown parameters.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, ...args] = process.argv.slice(2);
const [, section] = /^Parameters:\n([\s\S]*?)^\S/m.exec(readFileSync(join(folder, 'template.yaml'), 'utf8'));
const known = new Set([...section.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name));
const isAccepted = (arg) => !/^\w+=/.test(arg) || known.has(arg.split('=')[0]);

const command = join(folder, 'packages/sam-offline/bin/sam-offline.js');
const child = spawn(process.execPath, [command, ...args.filter(isAccepted)], {
  cwd: folder,
  stdio: 'inherit',
});
child.on('exit', (code) => process.exit(code ?? 0));
