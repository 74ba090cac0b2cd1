import {
  describeNode,
  getMember,
  getText,
  type Node,
  parseIntrinsic,
  type SourceLocation,
} from '../yaml/node';
import { type EvaluationContext, evaluate } from './evaluate';

/**
 * Evaluates the Conditions section. Conditions can refer to each other in any order. Each condition is evaluated only once.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
 */
export class Conditions {
  private readonly values = new Map<string, boolean | undefined>();
  private readonly evaluating = new Set<string>();

  constructor(
    private readonly declared: Node | undefined,
    private readonly context: EvaluationContext,
  ) {}

  /** Evaluates all conditions, so that problems in unused conditions are also reported. */
  evaluateAll(): void {
    if (this.declared?.kind !== 'map') return;
    for (const [name, node] of this.declared.entries) this.isTrue(name, node.location);
  }

  /** Returns the value of a condition. Reports a problem and returns undefined if the condition is invalid. */
  isTrue(name: string, location: SourceLocation): boolean | undefined {
    if (this.values.has(name)) return this.values.get(name);
    const node = getMember(this.declared, name);
    if (!node) return this.reject(location, `The template does not declare the condition ${name}`);
    if (this.evaluating.has(name)) {
      return this.reject(node.location, `The condition ${name} depends on itself`);
    }
    this.evaluating.add(name);
    const value = this.evaluateCondition(node);
    this.evaluating.delete(name);
    this.values.set(name, value);
    return value;
  }

  private evaluateCondition(node: Node): boolean | undefined {
    const reference =
      node.kind === 'map' && node.entries.size === 1 ? getText(getMember(node, 'Condition')) : undefined;
    if (reference !== undefined) return this.isTrue(reference, node.location);
    const call = parseIntrinsic(node);
    const operands = call?.argument.kind === 'list' ? call.argument.items : [];
    switch (call?.name) {
      case 'Fn::Equals':
        return this.evaluateEquals(operands, node.location);
      case 'Fn::Not':
        return this.combine(operands, node, 1, 1, ([only]) => !only);
      case 'Fn::And':
        return this.combine(operands, node, 2, 10, (values) => values.every(Boolean));
      case 'Fn::Or':
        return this.combine(operands, node, 2, 10, (values) => values.some(Boolean));
      default:
        return this.reject(
          node.location,
          `A condition must be Fn::Equals, Fn::Not, Fn::And, Fn::Or or Condition, but is ${describeNode(node)}`,
        );
    }
  }

  private evaluateEquals(operands: readonly Node[], location: SourceLocation): boolean | undefined {
    if (operands.length !== 2) return this.reject(location, 'Fn::Equals requires two values');
    const nodes = operands.map((operand) => evaluate(operand, this.context));
    if (nodes.some((node) => node.kind === 'invalid')) return undefined;
    const [left, right] = nodes.map((node) => getText(node));
    if (left === undefined || right === undefined) {
      return this.reject(location, 'Fn::Equals requires two strings');
    }
    return left === right;
  }

  private combine(
    operands: readonly Node[],
    node: Node,
    min: number,
    max: number,
    combineValues: (values: boolean[]) => boolean,
  ): boolean | undefined {
    if (operands.length < min || operands.length > max) {
      const count = min === max ? 'one condition' : `${min} to ${max} conditions`;
      return this.reject(node.location, `${describeNode(node)} requires ${count}`);
    }
    const values = operands.map((operand) => this.evaluateCondition(operand));
    return values.includes(undefined) ? undefined : combineValues(values as boolean[]);
  }

  private reject(location: SourceLocation, message: string): undefined {
    this.context.problems.add(location, message);
    return undefined;
  }
}
