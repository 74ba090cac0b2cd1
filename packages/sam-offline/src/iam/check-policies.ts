import type { Problems } from '../template/problems';
import { describeNode, getMember, getText, type Node } from '../template/yaml/node';
import { isConditionOperator } from './policy';

/**
 * Reports errors that cause IAM or SAM to reject policies: policies that are not names, policy templates or documents, and
 * statements without a valid effect, action, resource or condition.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 *
 * @param policies the evaluated `Policies` of a SAM resource: one policy or a list
 */
export function checkPolicies(policies: Node | undefined, problems: Problems): void {
  for (const policy of listItems(policies)) {
    if (getMember(policy, 'Statement') !== undefined) checkDocument(policy, problems);
    else if (policy.kind === 'map') checkTemplates(policy.entries, problems);
    else
      requireString(policy, problems, 'the name or ARN of a policy, a policy template or a policy document');
  }
}

/** Reports the statements of a policy document that IAM rejects. */
export function checkDocument(document: Node | undefined, problems: Problems): void {
  for (const statement of listItems(getMember(document, 'Statement'))) checkStatement(statement, problems);
}

function checkTemplates(templates: ReadonlyMap<string, Node>, problems: Problems): void {
  for (const [name, parameters] of templates) {
    if (parameters.kind === 'invalid') continue;
    if (parameters.kind !== 'map')
      problems.add(parameters.location, `The parameters of ${name} must be a map`);
    for (const node of parameters.kind === 'map' ? parameters.entries.values() : [])
      requireScalar(node, problems);
  }
}

function checkStatement(statement: Node, problems: Problems): void {
  if (statement.kind === 'invalid') return;
  if (statement.kind !== 'map') {
    problems.add(statement.location, `A statement must be a map, but is ${describeNode(statement)}`);
    return;
  }
  const effect = statement.entries.get('Effect');
  if (effect?.kind !== 'invalid' && !/^(?:Allow|Deny)$/.test(getText(effect) ?? ''))
    problems.add(effect?.location ?? statement.location, 'Effect must be Allow or Deny');
  for (const name of ['Action', 'Resource']) {
    const found = [name, `Not${name}`].flatMap((key) => statement.entries.get(key) ?? []);
    if (found.length !== 1)
      problems.add(statement.location, `A statement must have either ${name} or Not${name}`);
    for (const node of found.flatMap(listItems)) requireString(node, problems);
  }
  checkCondition(statement.entries.get('Condition'), problems);
}

function checkCondition(condition: Node | undefined, problems: Problems): void {
  if (condition === undefined || condition.kind === 'invalid') return;
  if (condition.kind !== 'map') problems.add(condition.location, 'Condition must be a map of operators');
  for (const [operator, keys] of condition.kind === 'map' ? condition.entries : []) {
    if (!isConditionOperator(operator))
      problems.add(keys.location, `${operator} is not a condition operator of IAM`);
    if (keys.kind !== 'map' && keys.kind !== 'invalid')
      problems.add(keys.location, `${operator} must be a map of condition keys`);
    for (const values of keys.kind === 'map' ? keys.entries.values() : [])
      for (const value of listItems(values)) requireScalar(value, problems);
  }
}

function requireString(node: Node, problems: Problems, what = 'a string'): void {
  if (node.kind === 'invalid' || (node.kind === 'scalar' && typeof node.value === 'string')) return;
  problems.add(node.location, `must be ${what}, but is ${describeNode(node)}`);
}

function requireScalar(node: Node, problems: Problems): void {
  if (node.kind === 'invalid' || getText(node) !== undefined) return;
  problems.add(node.location, `must be a string, but is ${describeNode(node)}`);
}

function listItems(node: Node | undefined): readonly Node[] {
  return node?.kind === 'list' ? node.items : node === undefined ? [] : [node];
}
