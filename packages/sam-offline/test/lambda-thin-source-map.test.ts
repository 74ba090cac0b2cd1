import { SourceMap } from 'node:module';
import { encode } from '@jridgewell/sourcemap-codec';
import { thinSourceMap } from '../src/bundler/esbuild/thin-source-map';

/**
 * A source map for a bundle of two lines. Line 1 is from the application. Line 2 is from two packages and from code without a
 * source.
 */
const map = {
  version: 3 as const,
  sources: ['../app.ts', '../node_modules/a/index.js', '../node_modules/b/index.js'],
  names: ['first'],
  mappings: encode([
    [
      [0, 0, 4, 0],
      [9, 0, 4, 12, 0],
    ],
    [[0, 1, 7, 2], [5, 1, 7, 20], [8, 1, 8, 1], [12, 2, 8, 3], [20], [30, 2, 8, 9], [33, 2, 8, 15]],
  ]),
};

/** Returns the source, line and column for a position in the bundle. Lines and columns start at 0. */
function find(line: number, column: number) {
  const payload = {
    file: '',
    sourcesContent: [],
    sourceRoot: '',
    ...JSON.parse(thinSourceMap(JSON.stringify(map))),
  };
  const entry = new SourceMap(payload).findEntry(line, column);
  if (!('originalLine' in entry) || entry.originalSource === undefined) return undefined;
  return [entry.originalSource, entry.originalLine, entry.originalColumn];
}

describe('a thin source map', () => {
  it('contains the lines and columns of the application', () => {
    expect(find(0, 3)).toEqual(['../app.ts', 4, 0]);
    expect(find(0, 9)).toEqual(['../app.ts', 4, 12]);
  });

  it('contains the lines of packages', () => {
    expect(find(1, 6)).toEqual(['../node_modules/a/index.js', 7, 2]);
    expect(find(1, 9)).toEqual(['../node_modules/a/index.js', 8, 1]);
    expect(find(1, 13)).toEqual(['../node_modules/b/index.js', 8, 3]);
    expect(find(1, 35)).toEqual(['../node_modules/b/index.js', 8, 9]);
  });

  it('returns no source for unmapped code', () => expect(find(1, 25)).toBeUndefined());

  it('omits the columns of packages', () => {
    const { mappings, ...rest } = JSON.parse(thinSourceMap(JSON.stringify(map)));
    expect(mappings.split(/[,;]/)).toHaveLength(7);
    expect(rest).toEqual({ version: 3, sources: map.sources, names: map.names });
  });
});
