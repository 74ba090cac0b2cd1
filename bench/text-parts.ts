import { splitText } from '../packages/web/src/chat/text-parts';
import { median } from './median';

const LENGTH = 200_000;
const RUNS = 9;
const NAMES = ['Ada Lovelace'];

const repeat = (text: string) => (length: number) => text.repeat(length / text.length);

/** Texts that take quadratic time with a pattern that scans the rest of the text at each character. */
const TEXTS: Record<string, (length: number) => string> = {
  asterisks: repeat('**a *'),
  'spaces in bold text': (length) => repeat(`**a${' '.repeat(length / 2)}`)(length),
  fences: (length) => `${repeat('```a\n')(length)}\`\`\``,
  'blank lines before a missing fence': (length) => repeat(`\`\`\`${'\n'.repeat(length / 2)}`)(length),
  'a run of backticks': (length) => `${repeat('`')(length)}a`,
  backticks: repeat('`a\n'),
  letters: repeat('a'),
  dots: repeat('a.'),
  labels: (length) => `a@${repeat('a.')(length)}1`,
  'at signs': repeat('a@'),
  hyphens: (length) => `a@${repeat('-')(length)}`,
  mentions: repeat('@Ada Lovelac'),
  www: repeat('www.'),
  'brackets after links': repeat(`http://a.b/${')]}"'.repeat(1000)} `),
};

/**
 * Measures how the formatting time grows when the length of a text doubles. If formatting takes quadratic time, the time grows
 * fourfold and reaches seconds. For times of a few milliseconds, the growth factor is not reliable.
 */
export async function measureTextParts() {
  return Object.entries(TEXTS).map(([text, create]) => {
    const [ms = 0, doubled = 0] = [LENGTH, 2 * LENGTH].map((length) => measureSplit(create(length)));
    return {
      text,
      ms: ms.toFixed(1),
      'ms if doubled': doubled.toFixed(1),
      growth: (doubled / ms).toFixed(1),
    };
  });
}

function measureSplit(text: string): number {
  const times = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    splitText(text, NAMES);
    return performance.now() - started;
  });
  return median(times);
}
