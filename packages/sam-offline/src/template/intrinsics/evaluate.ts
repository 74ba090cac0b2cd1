import type { Problems } from '../problems';
import {
  createInvalid,
  createList,
  createScalar,
  describeNode,
  getMember,
  getText,
  type Node,
  parseIntrinsic,
  type ScalarNode,
  type SourceLocation,
  toPlainValue,
} from '../yaml/node';

/**
 * Resolves the references in intrinsic functions. If a reference is invalid, implementations report a problem and return an
 * invalid node.
 */
export interface EvaluationContext {
  readonly problems: Problems;
  readonly mappings: Node | undefined;
  /** Returns the value of `Ref` for a parameter, a pseudo parameter or a resource. */
  ref(name: string, location: SourceLocation): Node;
  /** Returns whether a name such as `Api.Stage` refers to a resource that SAM generates. */
  isGenerated(name: string): boolean;
  /** Returns the value of `Fn::GetAtt`. */
  getAttribute(logicalId: string, attribute: string, location: SourceLocation): Node;
  /** Returns the value of a condition, or undefined if the condition is invalid. */
  isTrue(condition: string, location: SourceLocation): boolean | undefined;
}

/**
 * Replaces all intrinsic functions in a node with their values. Removes map members and list items with the value
 * `AWS::NoValue`. As in CloudFormation, `Fn::If` evaluates only the selected value.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
export function evaluate(node: Node, context: EvaluationContext): Node {
  const call = parseIntrinsic(node);
  if (call) return callIntrinsic(call.name, call.argument, node.location, context);
  if (node.kind === 'list') {
    return { ...node, items: node.items.map((item) => evaluate(item, context)).filter(hasValue) };
  }
  if (node.kind !== 'map') return node;
  const misplaced = [...node.entries.keys()].find((key) => key.startsWith('Fn::'));
  if (misplaced !== undefined) return reject(node, context, `${misplaced} must be the only key of its map`);
  const entries = [...node.entries].map(([key, value]) => [key, evaluate(value, context)] as const);
  return { ...node, entries: new Map(entries.filter(([, value]) => hasValue(value))) };
}

function hasValue(node: Node): boolean {
  return node.kind !== 'no-value';
}

function callIntrinsic(
  name: string,
  argument: Node,
  location: SourceLocation,
  context: EvaluationContext,
): Node {
  const implementation = FUNCTIONS[name];
  if (!implementation) {
    const placeholder = `placeholder-${name.replace(/\W+/g, '-')}`;
    context.problems.report(
      'unsupported',
      location,
      `The intrinsic function ${name} is not supported. Its value is the placeholder ${placeholder}`,
    );
    return createScalar(location, placeholder);
  }
  const value = implementation(argument, context);
  return { ...value, location };
}

const FUNCTIONS: Readonly<Record<string, (argument: Node, context: EvaluationContext) => Node>> = {
  Ref: evaluateRef,
  'Fn::GetAtt': evaluateGetAtt,
  'Fn::Sub': evaluateSub,
  'Fn::Join': evaluateJoin,
  'Fn::Select': evaluateSelect,
  'Fn::Split': evaluateSplit,
  'Fn::If': evaluateIf,
  'Fn::FindInMap': evaluateFindInMap,
  'Fn::Base64': evaluateBase64,
  'Fn::GetAZs': evaluateGetAZs,
  'Fn::ImportValue': evaluateImportValue,
  'Fn::Length': evaluateLength,
  'Fn::ToJsonString': evaluateToJsonString,
  'Fn::Equals': rejectConditionFunction,
  'Fn::Not': rejectConditionFunction,
  'Fn::And': rejectConditionFunction,
  'Fn::Or': rejectConditionFunction,
};

function evaluateRef(argument: Node, context: EvaluationContext): Node {
  const name = getText(argument);
  return name === undefined
    ? reject(argument, context, `Ref requires a name, but has ${describeNode(argument)}`)
    : context.ref(name, argument.location);
}

function evaluateGetAtt(argument: Node, context: EvaluationContext): Node {
  const parts = argument.kind === 'list' ? argument.items : splitAttribute(argument);
  const [logicalId, attribute] = [getText(parts[0]), parts[1] && getText(evaluate(parts[1], context))];
  if (parts.length !== 2 || !logicalId || !attribute) {
    return reject(argument, context, 'Fn::GetAtt requires a logical ID and an attribute');
  }
  return context.getAttribute(logicalId, attribute, argument.location);
}

/** Splits `A.B.C` into the logical ID `A` and the attribute `B.C`. */
function splitAttribute(argument: Node): ScalarNode[] {
  const [logicalId, ...attribute] = (getText(argument) ?? '').split('.');
  const { location } = argument;
  return [createScalar(location, logicalId ?? ''), createScalar(location, attribute.join('.'))];
}

function evaluateSub(argument: Node, context: EvaluationContext): Node {
  const [template, variables] = argument.kind === 'list' ? argument.items : [argument];
  const pattern = getText(template);
  if (pattern === undefined || (variables && variables.kind !== 'map')) {
    return reject(
      argument,
      context,
      'Fn::Sub requires a string, or a list of a string and a map of variables',
    );
  }
  let isInvalid = false;
  const value = pattern.replace(/\$\{([^}]*)\}/g, (placeholder, name: string) => {
    if (name.startsWith('!')) return `\${${name.slice(1)}}`;
    const found = evaluateVariable(name.trim(), variables, argument.location, context);
    if (found === undefined) isInvalid = true;
    return found ?? placeholder;
  });
  return isInvalid ? createInvalid(argument.location) : createScalar(argument.location, value);
}

function evaluateVariable(
  name: string,
  variables: Node | undefined,
  location: SourceLocation,
  context: EvaluationContext,
): string | undefined {
  const variable = variables?.kind === 'map' ? variables.entries.get(name) : undefined;
  const [logicalId = '', ...attribute] = name.split('.');
  const value = variable
    ? evaluate(variable, context)
    : attribute.length === 0 || context.isGenerated(name)
      ? context.ref(name, location)
      : context.getAttribute(logicalId, attribute.join('.'), location);
  return requireString(value, context, `\${${name}} in Fn::Sub`);
}

function evaluateJoin(argument: Node, context: EvaluationContext): Node {
  const [delimiterNode, listNode] = argument.kind === 'list' ? argument.items : [];
  const delimiter = getText(delimiterNode);
  if (delimiter === undefined || !listNode) {
    return reject(argument, context, 'Fn::Join requires a delimiter and a list');
  }
  const items = evaluateList(listNode, context, 'Fn::Join')?.map((item) =>
    requireString(item, context, 'An item of Fn::Join'),
  );
  if (!items || items.includes(undefined)) return createInvalid(argument.location);
  return createScalar(argument.location, items.join(delimiter));
}

function evaluateSelect(argument: Node, context: EvaluationContext): Node {
  const [indexNode, listNode] = argument.kind === 'list' ? argument.items : [];
  if (!indexNode || !listNode) return reject(argument, context, 'Fn::Select requires an index and a list');
  const index = requireString(evaluate(indexNode, context), context, 'The index of Fn::Select');
  const listFunction = parseIntrinsic(listNode)?.name;
  // For unsupported functions that return lists, such as Fn::Cidr, the placeholder is the value of each item.
  if (listFunction !== undefined && !FUNCTIONS[listFunction]) return evaluate(listNode, context);
  const items = evaluateList(listNode, context, 'Fn::Select');
  if (index === undefined || !items) return createInvalid(argument.location);
  const found = /^\d+$/.test(index) ? items[Number(index)] : undefined;
  const count = `${items.length} ${items.length === 1 ? 'item' : 'items'}`;
  return found ?? reject(argument, context, `Fn::Select has the index ${index}, but the list has ${count}`);
}

function evaluateSplit(argument: Node, context: EvaluationContext): Node {
  const [delimiterNode, sourceNode] = argument.kind === 'list' ? argument.items : [];
  const delimiter = getText(delimiterNode);
  if (!delimiter || !sourceNode) {
    return reject(argument, context, 'Fn::Split requires a delimiter and a string');
  }
  const source = requireString(evaluate(sourceNode, context), context, 'The string of Fn::Split');
  if (source === undefined) return createInvalid(argument.location);
  const items = source.split(delimiter).map((item) => createScalar(argument.location, item));
  return { kind: 'list', location: argument.location, items };
}

function evaluateIf(argument: Node, context: EvaluationContext): Node {
  const [name, whenTrue, whenFalse] = argument.kind === 'list' ? argument.items : [];
  const condition = getText(name);
  if (condition === undefined || !whenTrue || !whenFalse) {
    return reject(argument, context, 'Fn::If requires the name of a condition and two values');
  }
  const value = context.isTrue(condition, argument.location);
  return value === undefined
    ? createInvalid(argument.location)
    : evaluate(value ? whenTrue : whenFalse, context);
}

function evaluateFindInMap(argument: Node, context: EvaluationContext): Node {
  const parts = argument.kind === 'list' ? argument.items : [];
  if (parts.length !== 3 && parts.length !== 4) {
    return reject(argument, context, 'Fn::FindInMap requires the name of a map and two keys');
  }
  const keys = parts
    .slice(0, 3)
    .map((part) => requireString(evaluate(part, context), context, 'A key of Fn::FindInMap'));
  if (keys.includes(undefined)) return createInvalid(argument.location);
  const found = (keys as string[]).reduce<Node | undefined>(getMember, context.mappings);
  // With AWS::LanguageExtensions, values can contain intrinsic functions, and the fourth argument is the default value.
  if (found) return evaluate(found, context);
  const fallback = getMember(parts[3], 'DefaultValue');
  return fallback
    ? evaluate(fallback, context)
    : reject(argument, context, `Mappings does not contain ${keys.join('.')}`);
}

function evaluateBase64(argument: Node, context: EvaluationContext): Node {
  const text = requireString(evaluate(argument, context), context, 'The argument of Fn::Base64');
  if (text === undefined) return createInvalid(argument.location);
  return createScalar(argument.location, Buffer.from(text).toString('base64'));
}

/** Returns the Availability Zones a, b and c, which nearly all Regions have. */
function evaluateGetAZs(argument: Node, context: EvaluationContext): Node {
  const { location } = argument;
  const region = getText(evaluate(argument, context)) || getText(context.ref('AWS::Region', location));
  return createList(
    location,
    ['a', 'b', 'c'].map((zone) => createScalar(location, `${region}${zone}`)),
  );
}

/** Returns a placeholder, because the runtime does not know other stacks. */
function evaluateImportValue(argument: Node, context: EvaluationContext): Node {
  const name = requireString(evaluate(argument, context), context, 'The argument of Fn::ImportValue');
  if (name === undefined) return createInvalid(argument.location);
  const placeholder = context.problems.addPlaceholder(`imported-${name}`);
  context.problems.report(
    'unsupported',
    argument.location,
    `The local runtime has no exports of other stacks. The value of ${name} is the placeholder ${placeholder}`,
  );
  return createScalar(argument.location, placeholder);
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-length.html */
function evaluateLength(argument: Node, context: EvaluationContext): Node {
  const items = evaluateList(argument, context, 'Fn::Length');
  return items ? createScalar(argument.location, items.length) : createInvalid(argument.location);
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-ToJsonString.html */
function evaluateToJsonString(argument: Node, context: EvaluationContext): Node {
  return createScalar(argument.location, JSON.stringify(toPlainValue(evaluate(argument, context))));
}

function rejectConditionFunction(argument: Node, context: EvaluationContext): Node {
  return reject(argument, context, 'Condition functions are supported in the Conditions section only');
}

function evaluateList(node: Node, context: EvaluationContext, what: string): readonly Node[] | undefined {
  const value = evaluate(node, context);
  if (value.kind === 'list') return value.items;
  if (value.kind !== 'invalid')
    context.problems.add(node.location, `${what} requires a list, but has ${describeNode(value)}`);
  return undefined;
}

function requireString(value: Node, context: EvaluationContext, what: string): string | undefined {
  const found = getText(value);
  if (found === undefined && value.kind !== 'invalid') {
    context.problems.add(value.location, `${what} must be a string, but is ${describeNode(value)}`);
  }
  return found;
}

function reject(node: Node, context: EvaluationContext, message: string): Node {
  context.problems.add(node.location, message);
  return createInvalid(node.location);
}
