const WIDTH = 720;
const HEIGHT = 260;
const MARGIN = { left: 70, right: 12, top: 12, bottom: 36 };
const COLORS = ['#0b6e99', '#c2571a', '#8a1c4a', '#4a7c2a'];

/**
 * @typedef {[x: number, y: number]} Point
 * @typedef {{ label: string, points: Point[] }} Series
 * @typedef {[x: number, label: string]} TickLabel
 */

/**
 * Renders a line plot as SVG. The y axis starts at zero. Returns an empty string if there are no points.
 *
 * @param {{ title: string, x: string, y: string, series: Series[], xLabels?: TickLabel[] }} options
 */
export function renderPlot({ title, x, y, series, xLabels }) {
  const points = series.flatMap((line) => line.points);
  if (points.length === 0) return '';
  const xs = points.map(([value]) => value);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const top = roundUp(Math.max(...points.map(([, value]) => value)));
  const toX = (/** @type {number} */ value) =>
    MARGIN.left + ((value - left) / (right - left || 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  const toY = (/** @type {number} */ value) =>
    HEIGHT - MARGIN.bottom - (value / top) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const value = part * top;
    const height = toY(value).toFixed(1);
    return `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${height}" y2="${height}"/><text x="${MARGIN.left - 6}" y="${height}" dy="4" text-anchor="end">${formatNumber(value)}</text>`;
  });
  /** @type {TickLabel[]} */
  const tickLabels =
    xLabels ?? [left, (left + right) / 2, right].map((value) => [value, `${Math.round(value)}`]);
  const ticks = tickLabels.map(
    ([value, label]) =>
      `<text x="${toX(value).toFixed(1)}" y="${HEIGHT - 18}" text-anchor="middle">${escapeHtml(label)}</text>`,
  );
  const lines = series.map(({ points: line }, index) => {
    const path = line.map(([a, b]) => `${toX(a).toFixed(1)},${toY(b).toFixed(1)}`).join(' ');
    const dots = line.map(
      ([a, b]) =>
        `<circle cx="${toX(a).toFixed(1)}" cy="${toY(b).toFixed(1)}" r="3" fill="${COLORS[index]}"><title>${formatNumber(b)}</title></circle>`,
    );
    return `<polyline fill="none" stroke="${COLORS[index]}" stroke-width="2" points="${path}"/>${dots.join('')}`;
  });
  const legend = series.map(
    ({ label }, index) => `<span><i style="background:${COLORS[index]}"></i>${escapeHtml(label)}</span>`,
  );
  return `<figure><figcaption>${escapeHtml(title)} <small>${escapeHtml(y)} by ${escapeHtml(x)}</small></figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">${grid.join('')}${ticks.join('')}${lines.join('')}</svg>
<div class="legend">${legend.join(' ')}</div></figure>`;
}

/**
 * Rounds a maximum up so that the axis labels, which divide it into quarters, are round numbers too.
 *
 * @param {number} value
 */
function roundUp(value) {
  const unit = 10 ** Math.floor(Math.log10(value || 1));
  return (
    [1, 1.2, 1.6, 2, 3, 4, 6, 8, 10].map((step) => step * unit).find((candidate) => candidate >= value) ?? 1
  );
}

const numberFormat = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const formatNumber = (/** @type {number} */ value) => numberFormat.format(value);

/** @param {unknown} text */
export const escapeHtml = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
