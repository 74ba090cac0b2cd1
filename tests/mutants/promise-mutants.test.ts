import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../testbed/template';
import { PROMISE_MUTANTS } from './promise-mutants';

/** Reads a file in the form that the mutants change. In workflow definitions, white space is removed. */
function readSource(file: string): string {
  const text = readFileSync(join(root, file), 'utf8');
  return file.endsWith('.json') ? JSON.stringify(JSON.parse(text)) : text;
}

describe('a mutant of a promise', () => {
  it.each(PROMISE_MUTANTS)('changes text that occurs exactly once: $name', ({ file, from, to }) => {
    expect(readSource(file).split(from)).toHaveLength(2);
    expect(to).not.toBe(from);
  });
});
