const WIDTH = 720;
const HEIGHT = 320;
const MARGIN = { left: 64, right: 32, top: 48, bottom: 48 };
const INNER = { width: WIDTH - MARGIN.left - MARGIN.right, height: HEIGHT - MARGIN.top - MARGIN.bottom };

/** The SVG attributes of each line. Dashes distinguish the lines without color. */
const STYLES = ['', 'stroke-dasharray="8 4"', 'stroke-dasharray="2 4"'];

const CSS = `
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; }
.grid { stroke: #8883; }
.line { fill: none; stroke-width: 2; }
.s0 { stroke: #0b6e99; } .s1 { stroke: #c2571a; } .s2 { stroke: #6e7781; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .s0 { stroke: #58a6ff; } .s1 { stroke: #f0883e; } .s2 { stroke: #9198a1; }
}`.trim();

type Scale = 'linear' | 'log';

interface Axis {
  label: string;
  scale: Scale;
  ticks: readonly number[];
}

export interface Plot {
  title: string;
  x: Axis;
  y: Axis;
  series: readonly { label: string; points: readonly (readonly [x: number, y: number])[] }[];
}

/**
 * Renders a line plot as a stand-alone SVG with a transparent background. The plot is readable on light and dark pages. An axis
 * ends at its first and last tick. Points beyond the ends are omitted.
 */
export function renderPlot({ title, x, y, series }: Plot): string {
  const toX = createScale(x, MARGIN.left, MARGIN.left + INNER.width);
  const toY = createScale(y, MARGIN.top + INNER.height, MARGIN.top);
  const bottom = MARGIN.top + INNER.height;
  const horizontal = y.ticks.map(
    (tick) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${toY(tick)}" y2="${toY(tick)}"/>` +
      `<text x="${MARGIN.left - 8}" y="${toY(tick)}" dy="4" text-anchor="end">${format(tick)}</text>`,
  );
  const vertical = x.ticks.map(
    (tick) =>
      `<line class="grid" x1="${toX(tick)}" x2="${toX(tick)}" y1="${MARGIN.top}" y2="${bottom}"/>` +
      `<text x="${toX(tick)}" y="${bottom + 18}" text-anchor="middle">${format(tick)}</text>`,
  );
  const lines = series.map(({ points }, index) => {
    const path = points
      .filter(([px, py]) => isInside(x, px) && isInside(y, py))
      .map(([px, py]) => `${toX(px)},${toY(py)}`);
    return `<polyline class="line s${index}" ${STYLES[index]} points="${path.join(' ')}"/>`;
  });
  const legend = series.map(({ label }, index) => {
    const left = MARGIN.left + (index * INNER.width) / series.length;
    return (
      `<line class="line s${index}" ${STYLES[index]} x1="${left}" x2="${left + 28}" y1="36" y2="36"/>` +
      `<text x="${left + 34}" y="40">${escapeXml(label)}</text>`
    );
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeXml(title)}">`,
    `<style>${CSS}</style>`,
    `<text class="title" x="${MARGIN.left}" y="18">${escapeXml(title)}</text>`,
    ...legend,
    ...horizontal,
    ...vertical,
    ...lines,
    `<text x="${MARGIN.left + INNER.width / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeXml(x.label)}</text>`,
    `<text x="14" y="${MARGIN.top + INNER.height / 2}" text-anchor="middle" transform="rotate(-90 14 ${MARGIN.top + INNER.height / 2})">${escapeXml(y.label)}</text>`,
    '</svg>\n',
  ].join('\n');
}

function isInside({ ticks }: Axis, value: number): boolean {
  return value >= (ticks[0] as number) && value <= (ticks.at(-1) as number);
}

function createScale({ scale, ticks }: Axis, from: number, to: number): (value: number) => number {
  const position = scale === 'log' ? Math.log10 : (value: number) => value;
  const [first, last] = [position(ticks[0] as number), position(ticks.at(-1) as number)];
  return (value) => Math.round((from + ((position(value) - first) / (last - first)) * (to - from)) * 10) / 10;
}

const numbers = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const format = (value: number) => numbers.format(value);

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
