import { describe, intrinsic, member, type Node, type Place, text } from '../yaml/node';
import { type Context, evaluate } from './evaluate';

/**
 * The Conditions section. Conditions may name each other in any order; each is worked out once, when it is first
 * asked for.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
 */
export class Conditions {
  private readonly values = new Map<string, boolean | undefined>();
  private readonly open = new Set<string>();

  constructor(
    private readonly declared: Node | undefined,
    private readonly context: Context,
  ) {}

  /** Works out all of them, so that problems are told even in one that nothing uses. */
  evaluateAll(): void {
    if (this.declared?.kind !== 'map') return;
    for (const [name, node] of this.declared.entries) this.isTrue(name, node.place);
  }

  /** The condition's value; undefined once a problem with it has been reported. */
  isTrue(name: string, place: Place): boolean | undefined {
    if (this.values.has(name)) return this.values.get(name);
    const node = member(this.declared, name);
    if (!node) return this.refuse(place, `the template has no condition ${name}`);
    if (this.open.has(name)) return this.refuse(node.place, `condition ${name} depends on itself`);
    this.open.add(name);
    const value = this.decide(node);
    this.open.delete(name);
    this.values.set(name, value);
    return value;
  }

  private decide(node: Node): boolean | undefined {
    const named =
      node.kind === 'map' && node.entries.size === 1 ? text(member(node, 'Condition')) : undefined;
    if (named !== undefined) return this.isTrue(named, node.place);
    const call = intrinsic(node);
    const operands = call?.argument.kind === 'list' ? call.argument.items : [];
    switch (call?.name) {
      case 'Fn::Equals':
        return this.equals(operands, node.place);
      case 'Fn::Not':
        return this.combine(operands, node, 1, 1, ([only]) => !only);
      case 'Fn::And':
        return this.combine(operands, node, 2, 10, (values) => values.every(Boolean));
      case 'Fn::Or':
        return this.combine(operands, node, 2, 10, (values) => values.some(Boolean));
      default:
        return this.refuse(
          node.place,
          `a condition is Equals, Not, And, Or or Condition, not ${describe(node)}`,
        );
    }
  }

  private equals(operands: readonly Node[], place: Place): boolean | undefined {
    if (operands.length !== 2) return this.refuse(place, 'Fn::Equals takes two values');
    const nodes = operands.map((operand) => evaluate(operand, this.context));
    if (nodes.some((node) => node.kind === 'broken')) return undefined;
    const [left, right] = nodes.map((node) => text(node));
    if (left === undefined || right === undefined) return this.refuse(place, 'Fn::Equals compares strings');
    return left === right;
  }

  private combine(
    operands: readonly Node[],
    node: Node,
    min: number,
    max: number,
    decide: (values: boolean[]) => boolean,
  ): boolean | undefined {
    if (operands.length < min || operands.length > max) {
      const count = min === max ? 'one condition' : `${min} to ${max} conditions`;
      return this.refuse(node.place, `${describe(node)} takes ${count}`);
    }
    const values = operands.map((operand) => this.decide(operand));
    return values.includes(undefined) ? undefined : decide(values as boolean[]);
  }

  private refuse(place: Place, message: string): undefined {
    this.context.problems.add(place, message);
    return undefined;
  }
}
