// npm start -w examples/away: runs Roomcast together with the example, from one template.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateVAPIDKeys } from 'web-push';
import { addAway } from './add-away';

const root = join(__dirname, '..', '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const file = join(root, '.template-with-away.yaml');
writeFileSync(file, addAway(read('template.yaml'), read('examples/away/template.yaml'), generateVAPIDKeys()));
const runtime = spawn(
  process.execPath,
  ['packages/sam-offline/bin/sam-offline.js', '--template', file, ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
runtime.on('exit', (code) => process.exit(code ?? 1));
process.on('SIGTERM', () => runtime.kill('SIGTERM'));
process.on('SIGINT', () => {}); // the runtime also receives it, and stops
