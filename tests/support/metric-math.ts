/** The value of a metric in a period. Undefined if there is no data point. */
export type DataPoint = number | undefined;

/**
 * Evaluates a CloudWatch metric math expression with `+`, `*`, `/`, parentheses, numbers and `FILL`. Returns undefined if an
 * operand is missing or after a division by zero.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 */
export function evaluateMath(expression: string, metric: (id: string) => DataPoint): DataPoint {
  const tokens = expression.match(/\d+(?:\.\d+)?|\w+|[^\s\w]/g) ?? [];
  const value = parseSum();
  if (tokens.length > 0) throw new Error(`Unexpected "${tokens[0]}" in "${expression}".`);
  return value;

  function parseSum(): DataPoint {
    let sum = parseProduct();
    while (tokens[0] === '+') {
      tokens.shift();
      sum = combine(sum, parseProduct(), (left, right) => left + right);
    }
    return sum;
  }

  function parseProduct(): DataPoint {
    let product = parseOperand();
    while (tokens[0] === '*' || tokens[0] === '/') {
      const isProduct = tokens.shift() === '*';
      product = combine(product, parseOperand(), (left, right) => {
        if (isProduct) return left * right;
        return right === 0 ? undefined : left / right;
      });
    }
    return product;
  }

  function parseOperand(): DataPoint {
    const token = tokens.shift() ?? '';
    if (token === '(') {
      const value = parseSum();
      take(')');
      return value;
    }
    if (token === 'FILL') {
      take('(');
      const value = parseSum();
      take(',');
      const filler = parseSum();
      take(')');
      return value ?? filler;
    }
    if (/^\d/.test(token)) return Number(token);
    if (/^[a-z]\w*$/.test(token)) return metric(token);
    throw new Error(`Unexpected "${token}" in "${expression}".`);
  }

  function take(expected: string): void {
    const token = tokens.shift();
    if (token !== expected) throw new Error(`"${expression}" has "${token}" instead of "${expected}".`);
  }
}

function combine(
  left: DataPoint,
  right: DataPoint,
  compute: (left: number, right: number) => DataPoint,
): DataPoint {
  return left === undefined || right === undefined ? undefined : compute(left, right);
}
