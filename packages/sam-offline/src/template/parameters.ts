import type { Problems } from './problems';
import { Section } from './section';
import { list, type Node, type Place, scalar, text } from './yaml/node';

const MEMBERS = {
  implemented: [
    'Type',
    'Default',
    'AllowedValues',
    'AllowedPattern',
    'MinLength',
    'MaxLength',
    'MinValue',
    'MaxValue',
    'ConstraintDescription',
  ],
  inert: ['Description', 'NoEcho'],
};

const TYPES = ['String', 'Number', 'CommaDelimitedList', 'List<Number>'] as const;

/**
 * The values of a template's parameters: what the caller gives, else the defaults, checked against the
 * constraints as CloudFormation does. A list type becomes a list, everything else a string.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
 */
export function readParameters(
  declared: Node | undefined,
  given: Readonly<Record<string, string>>,
  file: Place,
  problems: Problems,
): Map<string, Node> {
  const values = new Map<string, Node>();
  const section = new Section(declared ?? { kind: 'map', place: file, entries: new Map() }, problems);
  for (const name of section.keys) {
    const parameter = section.requiredSection(name);
    values.set(name, readParameter(parameter, given[name], name));
  }
  for (const name of Object.keys(given)) {
    if (!values.has(name))
      section.problem(`the template has no parameter ${name}, but a value was given for it`);
  }
  return values;
}

function readParameter(parameter: Section, given: string | undefined, name: string): Node {
  parameter.allow('a parameter', MEMBERS);
  const type = parameter.string('Type');
  const known = TYPES.find((one) => one === type);
  if (!known) {
    parameter.problem(`parameter type ${type ?? '(missing)'} is not supported: use ${TYPES.join(', ')}`);
    return { kind: 'broken', place: parameter.place };
  }
  const value = given ?? parameter.string('Default');
  if (value === undefined) {
    parameter.problem(`parameter ${name} has no default and no value was given`);
    return { kind: 'broken', place: parameter.place };
  }
  const isList = known === 'CommaDelimitedList' || known === 'List<Number>';
  const items = isList ? splitList(value) : [value];
  for (const item of items) check(parameter, item, known);
  if (!isList) return scalar(parameter.place, value);
  return list(
    parameter.place,
    items.map((item) => scalar(parameter.place, item)),
  );
}

function splitList(value: string): string[] {
  return value === '' ? [] : value.split(',').map((item) => item.trim());
}

function check(parameter: Section, value: string, type: (typeof TYPES)[number]): void {
  const broken = violation(parameter, value, type);
  if (broken === undefined) return;
  const described = parameter.string('ConstraintDescription');
  parameter.problem(described === undefined ? broken : `${broken} (${described})`);
}

/** What is wrong with the value, if anything. */
function violation(parameter: Section, value: string, type: string): string | undefined {
  const shown = JSON.stringify(value);
  const isNumber = type === 'Number' || type === 'List<Number>';
  if (isNumber && (value.trim() === '' || !Number.isFinite(Number(value)))) return `${shown} is not a number`;

  const allowed = parameter.items('AllowedValues').map((item) => text(item) ?? '');
  if (parameter.has('AllowedValues') && !allowed.includes(value)) {
    return `${shown} is not one of the allowed values: ${allowed.join(', ')}`;
  }
  const pattern = parameter.string('AllowedPattern');
  if (pattern !== undefined && !matchesWhole(parameter, pattern, value)) {
    return `${shown} does not match the pattern ${pattern}`;
  }
  return (
    outside(
      parameter,
      isNumber ? 'MinValue' : 'MinLength',
      (limit) => measure(value, isNumber) < limit,
      shown,
    ) ??
    outside(
      parameter,
      isNumber ? 'MaxValue' : 'MaxLength',
      (limit) => measure(value, isNumber) > limit,
      shown,
    )
  );
}

function measure(value: string, isNumber: boolean): number {
  return isNumber ? Number(value) : value.length;
}

function outside(parameter: Section, key: string, isOutside: (limit: number) => boolean, shown: string) {
  const limit = parameter.string(key);
  return limit !== undefined && isOutside(Number(limit)) ? `${shown} violates ${key} ${limit}` : undefined;
}

/** CloudFormation matches the whole value, whether or not the pattern has anchors. */
function matchesWhole(parameter: Section, pattern: string, value: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(value);
  } catch {
    parameter.problem(`${pattern} is not a regular expression`, 'AllowedPattern');
    return true;
  }
}
