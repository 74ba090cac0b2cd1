import type { Problems } from '../problems';
import {
  broken,
  describe,
  intrinsic,
  member,
  type Node,
  type Place,
  type ScalarNode,
  scalar,
  text,
} from '../yaml/node';

/** What intrinsic functions look things up in. */
export interface Context {
  readonly problems: Problems;
  readonly mappings: Node | undefined;
  /** `Ref`: a parameter, a pseudo parameter or a resource. Reports and returns a broken node if there is none. */
  ref(name: string, place: Place): Node;
  /** `Fn::GetAtt`, likewise. */
  attribute(logicalId: string, attribute: string, place: Place): Node;
  /** A condition's value by name; undefined once a problem with it has been reported. */
  isTrue(condition: string, place: Place): boolean | undefined;
}

/**
 * Replaces every intrinsic function under a node by its value, as CloudFormation does; members and items that
 * turn out as `AWS::NoValue` are removed. Of `Fn::If`, only the branch that is taken is evaluated.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export function evaluate(node: Node, context: Context): Node {
  const call = intrinsic(node);
  if (call) return apply(call.name, call.argument, node.place, context);
  if (node.kind === 'list') {
    return { ...node, items: node.items.map((item) => evaluate(item, context)).filter(exists) };
  }
  if (node.kind !== 'map') return node;
  const strange = [...node.entries.keys()].find((key) => key.startsWith('Fn::'));
  if (strange !== undefined) return refuse(node, context, `${strange} must be the only key of its map`);
  const entries = [...node.entries].map(([key, value]) => [key, evaluate(value, context)] as const);
  return { ...node, entries: new Map(entries.filter(([, value]) => exists(value))) };
}

function exists(node: Node): boolean {
  return node.kind !== 'no-value';
}

function apply(name: string, argument: Node, place: Place, context: Context): Node {
  const implementation = FUNCTIONS[name];
  if (!implementation) {
    context.problems.add(place, `the intrinsic function ${name} is not supported`);
    return broken(place);
  }
  const value = implementation(argument, context);
  return { ...value, place };
}

const FUNCTIONS: Readonly<Record<string, (argument: Node, context: Context) => Node>> = {
  Ref: (argument, context) => {
    const name = text(argument);
    return name === undefined
      ? refuse(argument, context, `Ref takes a name, not ${describe(argument)}`)
      : context.ref(name, argument.place);
  },
  'Fn::GetAtt': getAtt,
  'Fn::Sub': sub,
  'Fn::Join': join,
  'Fn::Select': select,
  'Fn::Split': split,
  'Fn::If': choose,
  'Fn::FindInMap': lookUp,
  'Fn::Equals': onlyInConditions,
  'Fn::Not': onlyInConditions,
  'Fn::And': onlyInConditions,
  'Fn::Or': onlyInConditions,
};

function getAtt(argument: Node, context: Context): Node {
  const parts = argument.kind === 'list' ? argument.items : dotted(argument);
  const [logicalId, attribute] = [text(parts[0]), parts[1] && text(evaluate(parts[1], context))];
  if (parts.length !== 2 || !logicalId || !attribute) {
    return refuse(argument, context, 'Fn::GetAtt takes a logical id and an attribute');
  }
  return context.attribute(logicalId, attribute, argument.place);
}

/** `A.B.C` is attribute `B.C` of `A`. */
function dotted(argument: Node): ScalarNode[] {
  const [logicalId, ...attribute] = (text(argument) ?? '').split('.');
  return [scalar(argument.place, logicalId ?? ''), scalar(argument.place, attribute.join('.'))];
}

function sub(argument: Node, context: Context): Node {
  const [template, variables] = argument.kind === 'list' ? argument.items : [argument];
  const pattern = text(template);
  if (pattern === undefined || (variables && variables.kind !== 'map')) {
    return refuse(argument, context, 'Fn::Sub takes a string, or a list of a string and a map of variables');
  }
  let isBroken = false;
  const value = pattern.replace(/\$\{([^}]*)\}/g, (whole, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    const found = substitute(name.trim(), variables, argument.place, context);
    if (found === undefined) isBroken = true;
    return found ?? whole;
  });
  return isBroken ? broken(argument.place) : scalar(argument.place, value);
}

function substitute(name: string, variables: Node | undefined, place: Place, context: Context) {
  const variable = variables?.kind === 'map' ? variables.entries.get(name) : undefined;
  const [logicalId = '', ...attribute] = name.split('.');
  const value = variable
    ? evaluate(variable, context)
    : attribute.length === 0 || name.endsWith('.Stage')
      ? context.ref(name, place)
      : context.attribute(logicalId, attribute.join('.'), place);
  return stringOf(value, context, `\${${name}} of Fn::Sub`);
}

function join(argument: Node, context: Context): Node {
  const [delimiterNode, listNode] = argument.kind === 'list' ? argument.items : [];
  const delimiter = text(delimiterNode);
  if (delimiter === undefined || !listNode) {
    return refuse(argument, context, 'Fn::Join takes a delimiter and a list');
  }
  const items = listOf(listNode, context, 'Fn::Join')?.map((item) =>
    stringOf(item, context, 'an item of Fn::Join'),
  );
  if (!items || items.includes(undefined)) return broken(argument.place);
  return scalar(argument.place, items.join(delimiter));
}

function select(argument: Node, context: Context): Node {
  const [indexNode, listNode] = argument.kind === 'list' ? argument.items : [];
  if (!indexNode || !listNode) return refuse(argument, context, 'Fn::Select takes an index and a list');
  const index = stringOf(evaluate(indexNode, context), context, 'the index of Fn::Select');
  const items = listOf(listNode, context, 'Fn::Select');
  if (index === undefined || !items) return broken(argument.place);
  const found = /^\d+$/.test(index) ? items[Number(index)] : undefined;
  return found ?? refuse(argument, context, `Fn::Select has no item ${index} in a list of ${items.length}`);
}

function split(argument: Node, context: Context): Node {
  const [delimiterNode, sourceNode] = argument.kind === 'list' ? argument.items : [];
  const delimiter = text(delimiterNode);
  if (!delimiter || !sourceNode) return refuse(argument, context, 'Fn::Split takes a delimiter and a string');
  const source = stringOf(evaluate(sourceNode, context), context, 'the string of Fn::Split');
  if (source === undefined) return broken(argument.place);
  const items = source.split(delimiter).map((item) => scalar(argument.place, item));
  return { kind: 'list', place: argument.place, items };
}

function choose(argument: Node, context: Context): Node {
  const [name, whenTrue, whenFalse] = argument.kind === 'list' ? argument.items : [];
  const condition = text(name);
  if (condition === undefined || !whenTrue || !whenFalse) {
    return refuse(argument, context, "Fn::If takes a condition's name and two values");
  }
  const value = context.isTrue(condition, argument.place);
  return value === undefined ? broken(argument.place) : evaluate(value ? whenTrue : whenFalse, context);
}

function lookUp(argument: Node, context: Context): Node {
  const parts = argument.kind === 'list' ? argument.items : [];
  if (parts.length !== 3) {
    return refuse(argument, context, 'Fn::FindInMap takes a map and two keys');
  }
  const keys = parts.map((part) => stringOf(evaluate(part, context), context, 'a key of Fn::FindInMap'));
  if (keys.includes(undefined)) return broken(argument.place);
  const found = (keys as string[]).reduce<Node | undefined>(member, context.mappings);
  const isValue = found?.kind === 'scalar' || found?.kind === 'list';
  return isValue ? found : refuse(argument, context, `Mappings has no ${keys.join('.')}`);
}

function onlyInConditions(argument: Node, context: Context): Node {
  return refuse(argument, context, 'condition functions may stand in the Conditions section only');
}

function listOf(node: Node, context: Context, what: string): readonly Node[] | undefined {
  const value = evaluate(node, context);
  if (value.kind === 'list') return value.items;
  if (value.kind !== 'broken')
    context.problems.add(node.place, `${what} needs a list, not ${describe(value)}`);
  return undefined;
}

function stringOf(value: Node, context: Context, what: string): string | undefined {
  const found = text(value);
  if (found === undefined && value.kind !== 'broken') {
    context.problems.add(value.place, `${what} must be a string, not ${describe(value)}`);
  }
  return found;
}

function refuse(node: Node, context: Context, message: string): Node {
  context.problems.add(node.place, message);
  return broken(node.place);
}
