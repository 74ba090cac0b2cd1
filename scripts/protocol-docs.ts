// Writes docs/asyncapi.yaml, docs/protocol.md and the client's types from the protocol's one definition,
// functions/chat/protocol. With --check it writes nothing, and fails if a file is not what would be written.
import { writeFileSync } from 'node:fs';
import { documents, outdated } from './protocol-docs/documents';

const stale = outdated();
if (process.argv.includes('--check')) {
  for (const path of stale) {
    process.stderr.write(`${path} is not what the protocol says. Run: npm run docs:protocol\n`);
    process.exitCode = 1;
  }
} else {
  for (const [path, content] of Object.entries(documents())) writeFileSync(path, content);
  process.stdout.write(stale.map((path) => `wrote ${path}\n`).join('') || 'the documents are current\n');
}
