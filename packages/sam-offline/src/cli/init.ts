import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { findPackage } from '../console/find-package';
import { UsageError } from '../core/service';

/**
 * Creates an application in a folder: a template, functions in TypeScript and a test. Returns the next steps.
 *
 * @throws UsageError if the folder already contains one of the files
 */
export function init(target: string): string {
  const source = findPackage(__dirname);
  const starter = join(source, 'starter');
  const folder = resolve(target);
  const names = [...readdirSync(starter), 'package.json'];
  const existing = names.filter((name) => existsSync(join(folder, name)));
  if (existing.length > 0) {
    throw new UsageError(
      `${folder} already contains ${existing.join(', ')}. Use another folder: sam-offline init FOLDER`,
    );
  }
  cpSync(starter, folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), createManifest(folder, source));
  const path = relative(process.cwd(), folder);
  return ['Created:', ...names.map((name) => `  ${join(path, name)}`), 'Next:', ...listSteps(path)].join(
    '\n',
  );
}

function listSteps(path: string): string[] {
  return [...(path === '' ? [] : [`cd ${path}`]), 'npm install', 'npm test', 'npm start'].map(
    (step) => `  ${step}`,
  );
}

function createManifest(folder: string, source: string): string {
  const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  const manifest = {
    name: basename(folder)
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, '-'),
    private: true,
    type: 'commonjs',
    scripts: { start: 'sam-offline --watch', test: 'node --test' },
    dependencies: {
      '@aws-sdk/client-apigatewaymanagementapi': '^3.0.0',
      '@aws-sdk/client-dynamodb': '^3.0.0',
      esbuild: '^0.28.0', // for sam build
    },
    devDependencies: { 'sam-offline': `^${version}` },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}
