import { quantile, summarize } from '../comparison/statistics';

describe('quantile', () => {
  it.each([
    [0, 10],
    [0.5, 25],
    [0.9, 37],
    [1, 40],
  ])('interpolates the quantile %d', (share, expected) => {
    expect(quantile([10, 20, 30, 40], share)).toBeCloseTo(expected);
  });

  it('returns the only value', () => {
    expect(quantile([7], 0.99)).toBe(7);
  });

  it('returns NaN for an empty list', () => {
    expect(quantile([], 0.5)).toBeNaN();
  });
});

describe('summarize', () => {
  it('returns the median and the interquartile range of an unsorted list', () => {
    expect(summarize([9, 1, 5, 3, 7])).toEqual({ median: 5, low: 3, high: 7, count: 5 });
  });

  it('does not change the order of its argument', () => {
    const values = [3, 1, 2];
    summarize(values);
    expect(values).toEqual([3, 1, 2]);
  });

  it('returns undefined for an empty list', () => {
    expect(summarize([])).toBeUndefined();
  });
});
