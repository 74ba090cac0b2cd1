import { getOwnMember } from '../json/own-member';
import { listPlaceholders } from './parameter-placeholder';
import type { Problems } from './problems';
import { PropertyMap } from './property-map';
import { createList, createScalar, getText, type Node, type SourceLocation } from './yaml/node';

const KEYS = {
  emulated: [
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
type ParameterType = (typeof TYPES)[number];

/**
 * Matches types such as `AWS::SSM::Parameter::Value<String>`. The values of such parameters are names of Systems Manager
 * parameters.
 */
const SSM_VALUE = /^AWS::SSM::Parameter::Value<(.+)>$/;

/** Matches AWS types, for example `AWS::EC2::Subnet::Id`. Their values are IDs or names that exist only on AWS. */
const AWS_TYPE = /^(?:AWS::[\w:]+|String|List<(?:AWS::[\w:]+|String)>)$/;

/** Returns the basic type for the values of a parameter type. */
function toBasicType(type: string): ParameterType | undefined {
  const basic = TYPES.find((one) => one === type);
  if (basic) return basic;
  if (!AWS_TYPE.test(type)) return undefined;
  return type.startsWith('List<') ? 'CommaDelimitedList' : 'String';
}

export interface ParametersOptions {
  /** The Parameters section. */
  readonly declared: Node | undefined;
  /** The values that the user sets. */
  readonly given: Readonly<Record<string, string>>;
  /** The location of the template, for error messages. */
  readonly file: SourceLocation;
  readonly problems: Problems;
  /** Returns the value of a Systems Manager parameter. */
  readonly resolveSsm: (name: string, location: SourceLocation) => string;
}

/**
 * Returns the values of the template's parameters. These are the user's values or the defaults. Checks the constraints of each
 * parameter. The values of list types are lists. All other values are strings.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
 */
export function readParameters({
  declared,
  given,
  file,
  problems,
  resolveSsm,
}: ParametersOptions): Map<string, Node> {
  const values = new Map<string, Node>();
  const section = new PropertyMap(
    declared?.kind === 'map' ? declared : { kind: 'map', location: file, entries: new Map() },
    problems,
  );
  const isMissing = (name: string) =>
    getOwnMember(given, name) === undefined && !section.getMap(name)?.has('Default');
  const missing = section.keys.filter(isMissing).map((name) => `${name}=VALUE`);
  for (const name of section.keys) {
    const parameter = section.requireMap(name);
    values.set(name, readParameter(parameter, name, getOwnMember(given, name), missing, resolveSsm));
  }
  for (const name of Object.keys(given).filter((each) => !values.has(each))) {
    problems.report(
      'warning',
      section.location,
      `The parameter ${name} is not declared. Its value is ignored.`,
    );
  }
  return values;
}

/** @param missing the overrides for all parameters without a value. The message contains them. */
function readParameter(
  parameter: PropertyMap,
  name: string,
  given: string | undefined,
  missing: readonly string[],
  resolveSsm: ParametersOptions['resolveSsm'],
): Node {
  parameter.checkKeys('a parameter', KEYS);
  const invalid: Node = { kind: 'invalid', location: parameter.location };
  parameter.requireKey('Type');
  const type = parameter.getString('Type');
  if (type === undefined) return invalid;
  const ssmType = SSM_VALUE.exec(type)?.[1];
  const supported = toBasicType(ssmType ?? type);
  if (!supported) {
    parameter.addProblem(`${type} is not a parameter type. Use for example ${TYPES.join(', ')}.`);
    return invalid;
  }
  const declared = given ?? parameter.getString('Default');
  if (declared === undefined && parameter.has('Default')) return invalid;
  const isList = supported === 'CommaDelimitedList' || supported === 'List<Number>';
  // For Systems Manager parameters, the constraints apply to the name and not to the value.
  const checkedType = ssmType === undefined ? supported : 'String';
  const value = declared ?? createPlaceholder(parameter, name, type, checkedType);
  if (declared === undefined) {
    parameter.addPlaceholder(value);
    const set = `Set it with --parameter-overrides ${missing.join(' ')}`;
    parameter.report(
      'placeholder',
      `The parameter has no value. Until then, it is ${JSON.stringify(value)}. ${set}`,
    );
  } else {
    const checked = isList && ssmType === undefined ? splitList(value) : [value];
    for (const item of checked) checkConstraints(parameter, item, checkedType);
  }
  const resolved = ssmType === undefined ? value : resolveSsm(value, parameter.location);
  if (!isList) return createScalar(parameter.location, resolved);
  const items = splitList(resolved);
  return createList(
    parameter.location,
    items.map((item) => createScalar(parameter.location, item)),
  );
}

/** Returns a placeholder. If possible, the placeholder satisfies the constraints of the parameter. */
function createPlaceholder(
  parameter: PropertyMap,
  name: string,
  type: string,
  checkedType: ParameterType,
): string {
  const allowed = parameter.getItems('AllowedValues').flatMap((item) => getText(item) ?? []);
  const limits = ['MinValue', 'MaxValue'].flatMap((key) => parameter.getString(key) ?? []);
  const isNumber = checkedType === 'Number' || checkedType === 'List<Number>';
  const candidates = [...allowed, ...(isNumber ? [...limits, '1'] : listPlaceholders(name, type))];
  const valid = candidates.find((value) => findViolation(parameter, value, checkedType) === undefined);
  return valid ?? candidates[0] ?? '';
}

function splitList(value: string): string[] {
  return value === '' ? [] : value.split(',').map((item) => item.trim());
}

function checkConstraints(parameter: PropertyMap, value: string, type: ParameterType): void {
  const violation = findViolation(parameter, value, type);
  if (violation === undefined) return;
  const description = parameter.getString('ConstraintDescription');
  parameter.addProblem(description === undefined ? violation : `${violation} (${description})`);
}

function findViolation(parameter: PropertyMap, value: string, type: string): string | undefined {
  const quoted = JSON.stringify(value);
  const isNumber = type === 'Number' || type === 'List<Number>';
  if (isNumber && (value.trim() === '' || !Number.isFinite(Number(value))))
    return `${quoted} is not a number`;

  const allowed = parameter.getItems('AllowedValues').map((item) => getText(item) ?? '');
  if (parameter.has('AllowedValues') && !allowed.includes(value)) {
    return `${quoted} is not one of the allowed values: ${allowed.join(', ')}`;
  }
  const pattern = parameter.getString('AllowedPattern');
  if (pattern !== undefined && !matchesWhole(parameter, pattern, value)) {
    return `${quoted} does not match the pattern ${pattern}`;
  }
  return (
    checkLimit(
      parameter,
      isNumber ? 'MinValue' : 'MinLength',
      (limit) => measure(value, isNumber) < limit,
      quoted,
    ) ??
    checkLimit(
      parameter,
      isNumber ? 'MaxValue' : 'MaxLength',
      (limit) => measure(value, isNumber) > limit,
      quoted,
    )
  );
}

function measure(value: string, isNumber: boolean): number {
  return isNumber ? Number(value) : value.length;
}

function checkLimit(
  parameter: PropertyMap,
  key: string,
  isViolated: (limit: number) => boolean,
  quoted: string,
) {
  const limit = parameter.getString(key);
  return limit !== undefined && isViolated(Number(limit)) ? `${quoted} violates ${key} ${limit}` : undefined;
}

/** Returns whether a pattern matches a value. As in CloudFormation, the pattern must match the whole value. */
function matchesWhole(parameter: PropertyMap, pattern: string, value: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(value);
  } catch {
    parameter.addProblem(`${pattern} is not a valid regular expression`, 'AllowedPattern');
    return true;
  }
}
