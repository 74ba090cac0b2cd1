import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { escapeHtml, plot } from '../lib/plot.mjs';

const plotted = (series, more = {}) =>
  plot({ title: 'Times', x: 'seconds', y: 'milliseconds', series, ...more });
const pointsOf = (svg) =>
  [...svg.matchAll(/points="([^"]*)"/g)].map(([, text]) =>
    text.split(' ').map((pair) => pair.split(',').map(Number)),
  );
const textsOf = (svg) => [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text);

describe('a plot', () => {
  it('is none without points', () => {
    assert.equal(plotted([]), '');
    assert.equal(plotted([{ label: 'p50', points: [] }]), '');
  });

  it('begins at zero, ends above the highest point, and has each line in it', () => {
    const svg = plotted([
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
    const [[low, high], [top]] = pointsOf(svg);
    assert.deepEqual(low, [70, 224]); // the corner of the axes
    assert.equal(high[0], 708);
    assert.ok(top[1] > 12 && top[1] < high[1] && high[1] < low[1]);
    assert.equal(svg.match(/<circle /g).length, 4);
  });

  it('of one point, or of nothing but zeros, is one still', () => {
    for (const points of [
      [[3, 7]],
      [
        [0, 0],
        [10, 0],
      ],
    ]) {
      const svg = plotted([{ label: 'p50', points }]);
      assert.doesNotMatch(svg, /NaN|Infinity/);
      assert.equal(svg.match(/<circle /g).length, points.length);
    }
  });

  it('names what stands on its axis by what it is given', () => {
    const series = [
      {
        label: 'ack',
        points: [
          [0, 1],
          [1, 2],
        ],
      },
    ];
    const xLabels = [
      [0, 'min'],
      [1, 'max'],
    ];
    assert.deepEqual(textsOf(plotted(series, { xLabels })).slice(-2), ['min', 'max']);
  });

  it('shows names as text', () => {
    const svg = plotted([{ label: '<b>&"', points: [[0, 1]] }]);
    assert.equal(escapeHtml('<b>&"'), '&#60;b&#62;&#38;&#34;');
    assert.ok(svg.includes(escapeHtml('<b>&"')) && !svg.includes('<b>'));
  });
});
