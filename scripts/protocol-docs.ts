// npx tsx scripts/protocol-docs.ts: generates the reference documents in docs/ and the types of the client from chat/protocol.
import { writeFileSync } from 'node:fs';
import { runCommand } from './command-line';
import { findOutdated, renderDocuments } from './protocol-docs/documents';
import { CommandError } from './stack';

const usage = `
Generates the references of the protocol, the events and the HTTP API, and the client's types, from chat/protocol.

  npx tsx scripts/protocol-docs.ts [options]

  --check  write nothing, and exit with 1 if a file is out of date
  --help   show this text
`;

runCommand({ usage, options: { check: { type: 'boolean', default: false } } }, async ({ check }) => {
  const outdated = findOutdated();
  if (check && outdated.length > 0) {
    throw new CommandError(`Out of date: ${outdated.join(', ')}. Run npx tsx scripts/protocol-docs.ts.`);
  }
  if (!check) {
    for (const [path, content] of Object.entries(renderDocuments())) writeFileSync(path, content);
    process.stdout.write(
      outdated.map((path) => `Updated ${path}\n`).join('') || 'Everything is up to date.\n',
    );
  }
});
