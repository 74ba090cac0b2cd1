/** @import { Series, TickLabel } from '../lib/plot.mjs' */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { escapeHtml, renderPlot } from '../lib/plot.mjs';

/**
 * @param {Series[]} series
 * @param {{ xLabels?: TickLabel[] }} [options]
 */
const render = (series, options = {}) =>
  renderPlot({ title: 'Times', x: 'seconds', y: 'milliseconds', series, ...options });

/**
 * Returns the coordinates of each line.
 *
 * @param {string} svg
 */
const pointsOf = (svg) =>
  [...svg.matchAll(/points="([^"]*)"/g)].map(([, text = '']) =>
    text.split(' ').map((pair) => pair.split(',').map(Number)),
  );
/** @param {string} svg */
const textsOf = (svg) => [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text);
/** @param {string} svg */
const countCircles = (svg) => svg.match(/<circle /g)?.length;

describe('renderPlot', () => {
  it('returns an empty string if there are no points', () => {
    assert.equal(render([]), '');
    assert.equal(render([{ label: 'p50', points: [] }]), '');
  });

  it('draws each line on a y axis from zero to above the highest point', () => {
    const svg = render([
      {
        label: 'p50',
        points: [
          [0, 0],
          [10, 75],
        ],
      },
      {
        label: 'p99',
        points: [
          [0, 150],
          [10, 60],
        ],
      },
    ]);
    assert.deepEqual(textsOf(svg), ['0', '40', '80', '120', '160', '0', '5', '10']);
    const lines = pointsOf(svg);
    const y = (/** @type {number} */ line, /** @type {number} */ index) =>
      lines[line]?.[index]?.[1] ?? Number.NaN;
    assert.deepEqual(lines[0]?.[0], [70, 224]); // the origin of the axes
    assert.equal(lines[0]?.[1]?.[0], 708);
    assert.ok(y(1, 0) > 12 && y(1, 0) < y(0, 1) && y(0, 1) < y(0, 0));
    assert.equal(countCircles(svg), 4);
  });

  it('draws a single point and a line of zeros', () => {
    /** @type {Series['points'][]} */
    const samples = [
      [[3, 7]],
      [
        [0, 0],
        [10, 0],
      ],
    ];
    for (const points of samples) {
      const svg = render([{ label: 'p50', points }]);
      assert.doesNotMatch(svg, /NaN|Infinity/);
      assert.equal(countCircles(svg), points.length);
    }
  });

  it('uses the given labels on the x axis', () => {
    /** @type {Series[]} */
    const series = [
      {
        label: 'ack',
        points: [
          [0, 1],
          [1, 2],
        ],
      },
    ];
    /** @type {TickLabel[]} */
    const xLabels = [
      [0, 'min'],
      [1, 'max'],
    ];
    assert.deepEqual(textsOf(render(series, { xLabels })).slice(-2), ['min', 'max']);
  });

  it('escapes labels', () => {
    const svg = render([{ label: '<b>&"', points: [[0, 1]] }]);
    assert.equal(escapeHtml('<b>&"'), '&#60;b&#62;&#38;&#34;');
    assert.ok(svg.includes(escapeHtml('<b>&"')) && !svg.includes('<b>'));
  });
});
