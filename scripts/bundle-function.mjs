// Bundles one function of template.yaml for `sam build`: node scripts/bundle-function.mjs <logical ID> <artifacts folder>
// The settings in esbuild.json are shared with the local runtime.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { parse } from 'yaml';

const [logicalId, artifacts] = process.argv.slice(2);
if (!logicalId || !artifacts) throw new Error('Usage: bundle-function.mjs <logical ID> <artifacts folder>');

// The parser does not know the short forms of CloudFormation functions (!Ref, !Sub). `Handler` properties do not use them.
const template = parse(readFileSync('template.yaml', 'utf8'), { logLevel: 'silent' });
const handler = template.Resources[logicalId]?.Properties?.Handler;
if (!handler) throw new Error(`template.yaml has no function ${logicalId}.`);

const file = handler.replace(/\.[^./]+$/, '');
await build({
  ...JSON.parse(readFileSync('esbuild.json', 'utf8')),
  entryPoints: [`${file}.ts`],
  outfile: join(artifacts, `${file}.js`),
  bundle: true,
  logLevel: 'warning',
});
