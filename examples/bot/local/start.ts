// npm start -w examples/bot: runs Roomcast together with the bot, from one template.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addBot } from './add-bot';

const root = join(__dirname, '..', '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

const file = join(root, '.template-with-bot.yaml');
writeFileSync(file, addBot(read('template.yaml'), read('examples/bot/template.yaml')));
const runtime = spawn(
  process.execPath,
  ['packages/sam-offline/bin/sam-offline.js', '--template', file, ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
runtime.on('exit', (code) => process.exit(code ?? 1));
process.on('SIGTERM', () => runtime.kill('SIGTERM'));
process.on('SIGINT', () => {}); // the runtime receives SIGINT too, and stops
