import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import { root } from '../../testbed/template';

const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const page = read('docs', 'operations.md');
const [, ...sections] = page.split(/^## /m);
/** The sections with reference tables. All other sections are entries of the runbook. */
const REFERENCE = ['Saved queries'];
const entries = sections
  .map((text) => ({ title: text.slice(0, text.indexOf('\n')), text }))
  .filter(({ title }) => !REFERENCE.includes(title));

/** The AWS CLI services that the page uses, with the SDK client packages. CLI operations correspond to SDK commands. */
const AWS_SERVICES: Readonly<Record<string, object>> = { dynamodb, logs };
const toCommandName = (operation: string) =>
  `${operation.replace(/(^|-)(\w)/g, (_, __, letter: string) => letter.toUpperCase())}Command`;

describe('the runbook', () => {
  it.each(entries)('names the symptom, the meaning and the command in "$title"', ({ text }) => {
    const labels = [...text.matchAll(/^\*\*(.+?)\*\*:/gm)].map(([, label]) => label);
    expect(labels).toEqual(['Symptom', 'Meaning', 'Command']);
  });

  it.each(entries.filter(({ title }) => title.endsWith('Alarm')))(
    'names a command in "$title"',
    ({ text }) => {
      expect(text).toMatch(/`(npm run|bash|aws) /);
    },
  );

  const npmCommands = [...page.matchAll(/`npm run ([^`]+)`/g)].map(([, command = '']) => command);

  it.each([...new Set(npmCommands)])('names the existing command npm run %s', (command) => {
    const [script = '', ...args] = command.split(' ').filter((word) => word !== '--');
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    expect(Object.keys(scripts)).toContain(script);
    const [, main = ''] = /^tsx .*?(\S+\.ts)$/.exec(scripts[script] ?? '') ?? [];
    const source = script === 'admin' ? join('scripts', 'admin', `${args.shift()}.ts`) : main;
    for (const option of args.filter((word) => word.startsWith('--')))
      expect(read(source)).toContain(`  ${option} `);
  });

  const matches = (pattern: RegExp) =>
    [...page.matchAll(pattern)].map(([text, first = '', second = '']) => ({ text, first, second }));

  it.each(matches(/`bash (\S+) (\S+) [^`]+`/g))('names the existing command $text', ({ first, second }) => {
    expect(existsSync(join(root, first))).toBe(true);
    expect(read(first)).toContain(`\n  ${second}) `);
  });

  it.each(matches(/`aws ([\w-]+) ([\w-]+)[^`]*`/g))(
    'names the existing command $text',
    ({ first, second }) => {
      expect(Object.keys(AWS_SERVICES[first] ?? {})).toContain(toCommandName(second));
    },
  );
});
