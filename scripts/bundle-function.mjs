// Bundles one function of template.yaml for `sam build`: node scripts/bundle-function.mjs <logical id> <folder>
// The settings are esbuild.json's, which the local runtime uses as well.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { parse } from 'yaml';

const [logicalId, artifacts] = process.argv.slice(2);
if (!logicalId || !artifacts) throw new Error('usage: bundle-function.mjs <logical id> <folder>');

// CloudFormation's short intrinsics (!Ref, !Sub …) are unknown tags to a YAML parser; none is on the way to a handler.
const template = parse(readFileSync('template.yaml', 'utf8'), { logLevel: 'silent' });
const handler = template.Resources[logicalId]?.Properties?.Handler;
if (!handler) throw new Error(`template.yaml has no function ${logicalId}`);

const file = handler.replace(/\.[^./]+$/, '');
await build({
  ...JSON.parse(readFileSync('esbuild.json', 'utf8')),
  entryPoints: [`${file}.ts`],
  outfile: join(artifacts, `${file}.js`),
  bundle: true,
  logLevel: 'warning',
});
