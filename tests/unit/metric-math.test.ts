import { evaluateMath } from '../support/metric-math';

const values: Record<string, number> = { two: 2, three: 3, zero: 0 };
const evaluate = (expression: string) => evaluateMath(expression, (id) => values[id]);

describe('evaluateMath', () => {
  it.each([
    ['two + three * 4', 14],
    ['100 * (two + three) / (two + 8)', 50],
    ['1.5 * two', 3],
    ['FILL(absent, 0) + FILL(two, 0)', 2],
  ])('evaluates %s', (expression, expected) => {
    expect(evaluate(expression)).toBe(expected);
  });

  it.each(['absent', 'two + absent', '100 * absent / two', 'two / zero'])(
    'has no value for %s',
    (expression) => {
      expect(evaluate(expression)).toBeUndefined();
    },
  );

  it.each(['two three', 'two -', '(two', 'FILL(two)'])('rejects %s', (expression) => {
    expect(() => evaluate(expression)).toThrow();
  });
});
