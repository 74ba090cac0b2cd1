import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(__dirname, '../src/styles');
const files = readdirSync(folder).map((name) => ({ name, css: readFileSync(join(folder, name), 'utf8') }));
const theme = files.find(({ name }) => name === 'theme.css')?.css ?? '';
const others = files.filter(({ name }) => name !== 'theme.css');

/** The variables of the theme. Each color has one value for light mode and one for dark mode. */
const variables = new Map(
  [...theme.matchAll(/(--[\w-]+): ([^;]+);/g)].map(([, name, value]) => [name, value]),
);

function colorsOf(name: string): string[] {
  const colors = variables.get(name)?.match(/#[0-9a-f]{6}/g) ?? [];
  expect([name, colors.length]).toEqual([name, 2]);
  return colors;
}

/** https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((start) => Number.parseInt(color.slice(start, start + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Returns the smaller contrast ratio of the two modes. */
function contrast(foreground: string, background: string): number {
  const backgrounds = colorsOf(background);
  const ratios = colorsOf(foreground).map((color, mode) => {
    const [low = 0, high = 0] = [luminance(color), luminance(backgrounds[mode] as string)].sort(
      (a, b) => a - b,
    );
    return (high + 0.05) / (low + 0.05);
  });
  return Math.min(...ratios);
}

const USERS = Array.from({ length: 8 }, (_, index) => `--hue-${index}`);

/** The backgrounds of each text color. */
const TEXTS: Record<string, string[]> = {
  '--ink': ['--paper', '--surface', '--raised', '--bubble', '--accent-soft', '--bad-soft'],
  '--muted': ['--paper', '--surface', '--raised', '--bubble', '--accent-soft', '--bad-soft'],
  '--accent': ['--paper', '--surface', '--raised', '--bubble'],
  '--accent-strong': ['--accent-soft'],
  '--on-accent': ['--accent', '--accent-strong'],
  '--on-own': ['--own'],
  '--on-own-muted': ['--own'],
  '--sun': ['--paper', '--surface', '--sun-soft'],
  '--bad': ['--paper', '--surface', '--bad-soft'],
  '--paper': ['--sun'],
  ...Object.fromEntries(USERS.map((name) => [name, ['--bubble', `${name}-soft`]])),
};

describe('the theme', () => {
  it('is the only file with colors', () => {
    const colors = others.flatMap(({ name, css }) =>
      (css.match(/#[0-9a-f]{6}|(?:rgb|hsl|light-dark)\(/g) ?? []).map((color) => `${name}: ${color}`),
    );
    expect(colors).toEqual([]);
  });

  it('defines exactly the variables that the style sheets use', () => {
    const used = files.flatMap(({ css }) => [...css.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name));
    const local = others.flatMap(({ css }) => [...css.matchAll(/^\s+(--[\w-]+):/gm)].map(([, name]) => name));
    expect(new Set(used.filter((name) => !local.includes(name)))).toEqual(new Set(variables.keys()));
  });

  it('meets the contrast requirements of WCAG AA for text and for the outlines of controls', () => {
    const tooLow = Object.entries(TEXTS).flatMap(([text, backgrounds]) =>
      backgrounds.filter((one) => contrast(text, one) < 4.5).map((one) => `${text} on ${one}`),
    );
    for (const one of ['--paper', '--surface', '--raised']) {
      for (const outline of ['--edge', '--accent']) {
        if (contrast(outline, one) < 3) tooLow.push(`${outline} on ${one}`);
      }
    }
    expect(tooLow).toEqual([]);
  });

  it('matches the toolbar colors in index.html', () => {
    const page = readFileSync(join(__dirname, '../index.html'), 'utf8');
    const colors = [...page.matchAll(/name="theme-color" content="(#[0-9a-f]{6})"/g)].map(
      ([, color]) => color,
    );
    expect(colors).toEqual(colorsOf('--paper'));
  });
});
