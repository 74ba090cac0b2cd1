import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';

interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
  readonly [name: string]: unknown;
}

/**
 * Keeps only one mapping per source line for code in packages, which halves the size of a source map. Node.js parses the map in
 * each execution environment that formats a stack trace, and each mapping takes 120 bytes.
 *
 * @param text a source map as JSON
 */
export function thinSourceMap(text: string): string {
  const map = JSON.parse(text) as SourceMap;
  const isPackage = map.sources.map((source) => source.includes('node_modules/'));
  const mappings = decode(map.mappings).map((segments) =>
    segments.filter((segment, i) => {
      const previous = segments[i - 1];
      return !previous || !isPackage[segment[1] ?? -1] || !isSameLine(segment, previous);
    }),
  );
  return JSON.stringify({ ...map, mappings: encode(mappings) });
}

function isSameLine(segment: SourceMapSegment, previous: SourceMapSegment): boolean {
  return segment[1] === previous[1] && segment[2] === previous[2];
}
