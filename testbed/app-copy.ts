import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './template';

export interface AppCopy {
  readonly template: string;
  remove(): void;
}

/** Copies the app to a temporary folder and replaces the content of one file. */
export function copyApp(file: string, change: (content: string) => string): AppCopy {
  const folder = mkdtempSync(join(tmpdir(), 'modified-app-'));
  for (const part of [
    'functions',
    'chat',
    'aws',
    'statemachines',
    'template.yaml',
    'web-page.yaml',
    'esbuild.json',
    'package.json',
  ]) {
    cpSync(join(root, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file), 'utf8')));
  return {
    template: join(folder, 'template.yaml'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Copies the app and replaces a text in one file. @throws Error if the file does not contain the text */
export function copyAppWithChange(file: string, from: string, to: string): AppCopy {
  return copyApp(file, (content) => {
    if (!content.includes(from)) throw new Error(`${file} does not contain: ${from}`);
    return content.replace(from, to);
  });
}
