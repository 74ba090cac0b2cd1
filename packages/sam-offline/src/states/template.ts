import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createRoleModel } from '../iam/role-template';
import type { Problems } from '../template/problems';
import type { PropertyMap, SupportedKeys } from '../template/property-map';
import {
  createArnGetter,
  getName,
  type ResourceType,
  STATE_MACHINE,
  STATE_MACHINES,
  STATES_STATE_MACHINE,
} from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { type SourceLocation, toPlainValue } from '../template/yaml/node';
import { parseYaml } from '../template/yaml/parse';
import { findUnsupportedParts } from './compile/unsupported';
import { locateField, parseLocations } from './definition-locations';
import type { StateMachineModel } from './model';

/** The properties of a SAM state machine. The runtime has only one version of a state machine, so aliases have no effect. */
const SAM_KEYS: SupportedKeys = {
  emulated: ['Name', 'Type', 'Definition', 'DefinitionUri', 'DefinitionSubstitutions', 'Tracing'],
  inert: [
    ...['Logging', 'Role', 'RolePath', 'Policies', 'PermissionsBoundary', 'Tags', 'PropagateTags'],
    ...['AutoPublishAlias', 'DeploymentPreference', 'UseAliasAsEventTarget'],
  ],
};

const KEYS: SupportedKeys = {
  emulated: [
    ...['StateMachineName', 'StateMachineType', 'Definition', 'DefinitionString'],
    ...['DefinitionSubstitutions', 'TracingConfiguration'],
  ],
  inert: ['LoggingConfiguration', 'RoleArn', 'Tags', 'EncryptionConfiguration'],
  unsupported: { DefinitionS3Location: 'Definitions are read from the template.' },
};

const getArn = createArnGetter('states', 'stateMachine:');
const createType = (nameProperty: string): ResourceType => ({
  nameProperty,
  maxNameLength: 80,
  ref: getArn,
  attributes: { Arn: getArn, Name: getName, StateMachineRevisionId: () => 'INITIAL' },
});

/** The SAM and CloudFormation resource types and the models of state machines. */
export const statesTemplate: ServiceTemplate<{ readonly stateMachines: readonly StateMachineModel[] }> = {
  types: { [STATE_MACHINE]: createType('Name'), [STATES_STATE_MACHINE]: createType('StateMachineName') },
  createModels: (stack) => ({
    stateMachines: stack
      .listResourcesOf(...STATE_MACHINES)
      .flatMap((machine) => createStateMachineModel(machine, stack) ?? []),
  }),
};

/**
 * Creates the model of a state machine. Reports an invalid definition and returns undefined.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
 */
function createStateMachineModel(resource: StackResource, stack: Stack): StateMachineModel | undefined {
  const { properties } = resource;
  const isSam = resource.type === STATE_MACHINE;
  properties.checkKeys(resource.type, isSam ? SAM_KEYS : KEYS);
  const tracing = properties.getMap(isSam ? 'Tracing' : 'TracingConfiguration');
  tracing?.checkKeys('Tracing', { emulated: ['Enabled'] });
  const uri = properties.getString('DefinitionUri');
  const type = properties.getEnum(isSam ? 'Type' : 'StateMachineType', ['EXPRESS', 'STANDARD']);
  const definition = readDefinition(properties, stack.root, stack.problems);
  if (!definition) return undefined;
  reportInvalidParts(definition, type ?? 'STANDARD', resource, stack);
  reportUnsupportedParts(definition, resource, stack);
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.getAttribute('Arn') ?? '',
    type: type ?? 'STANDARD',
    role: createRoleModel(resource, isSam ? 'Role' : 'RoleArn', stack),
    definition,
    ...(uri !== undefined && { definitionFile: resolve(stack.root, uri) }),
    tracing: tracing?.getBoolean('Enabled') ?? false,
  };
}

/** Reports the parts of a definition that Step Functions rejects, with the lines of the states. */
function reportInvalidParts(
  definition: Record<string, unknown>,
  type: StateMachineModel['type'],
  resource: StackResource,
  stack: Stack,
): void {
  // Loads the compiler only for templates that contain state machines, because loading it takes time.
  const { findInvalidParts }: typeof import('./compile/invalid') = require('./compile/invalid');
  const parts = findInvalidParts(definition, type);
  const locate = parts.length > 0 && createLocator(resource, stack);
  if (!locate) return;
  for (const { stateName, message } of parts) stack.problems.add(locate(stateName), message);
}

/** Reports the parts of a definition that the runtime does not emulate, with their lines. */
function reportUnsupportedParts(
  definition: Record<string, unknown>,
  resource: StackResource,
  stack: Stack,
): void {
  const parts = findUnsupportedParts(definition);
  const locate = parts.length > 0 && createLocator(resource, stack);
  if (!locate) return;
  for (const { stateName, field, message } of parts)
    stack.problems.report('unsupported', locate(stateName, field), `state '${stateName}': ${message}`);
}

type Locate = (stateName: string | undefined, field?: string) => SourceLocation;

/**
 * Creates a function that returns the location of a state or of one of its fields. If there is none, it returns the location of
 * the definition.
 */
function createLocator({ properties }: StackResource, { root }: Stack): Locate | undefined {
  const source = readSource(properties, root);
  if (!source) return undefined;
  const { text, location } = source;
  const isFile = location.path === '';
  const node = properties.getNode('Definition') ?? (isFile ? parseLocations(text, location.file) : undefined);
  return (stateName, field = '') =>
    (node && stateName !== undefined ? locateField(node, stateName, field) : undefined) ?? location;
}

function readDefinition(
  properties: PropertyMap,
  root: string,
  problems: Problems,
): Record<string, unknown> | undefined {
  const source = readSource(properties, root);
  if (!source) return undefined;
  const values = readSubstitutions(properties.getMap('DefinitionSubstitutions'));
  const machine = parseDefinition({ ...source, text: substitute(source, values, problems) }, problems);
  const isMachine =
    typeof machine === 'object' && machine !== null && 'StartAt' in machine && 'States' in machine;
  if (isMachine) return machine as Record<string, unknown>;
  if (machine !== undefined) problems.add(source.location, 'The definition must have StartAt and States');
  return undefined;
}

/** Parses a definition as JSON, or as YAML if the file has a YAML extension. Reports syntax errors. */
function parseDefinition({ text, location }: Source, problems: Problems): unknown {
  if (/\.ya?ml$/.test(location.file) && location.path === '')
    return toPlainValue(parseYaml(text, location.file, problems));
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? 0);
    problems.add(locationAt({ text, location }, position), `The definition is not valid JSON: ${message}`);
    return undefined;
  }
}

/** The text of a definition and its location. For a separate file, the path of the location is empty. */
interface Source {
  readonly text: string;
  readonly location: SourceLocation;
}

/** Returns the text of the definition file, or the inline definition as JSON. */
function readSource(properties: PropertyMap, root: string): Source | undefined {
  if (properties.has('DefinitionS3Location')) return undefined;
  const text = properties.getString('DefinitionString');
  if (text !== undefined) return { text, location: properties.location };
  const uri = properties.getString('DefinitionUri');
  const inline = properties.getMap('Definition');
  if (properties.has('DefinitionUri') === properties.has('Definition')) {
    properties.addProblem('Set either Definition or DefinitionUri');
    return undefined;
  }
  if (inline) return { text: JSON.stringify(properties.getValue('Definition')), location: inline.location };
  if (uri === undefined) return undefined;
  const file = join(dirname(properties.location.file), uri);
  try {
    return {
      text: readFileSync(resolve(root, uri), 'utf8'),
      location: { file, line: 1, path: '' },
    };
  } catch (error) {
    properties.addProblem(`The definition cannot be read: ${(error as Error).message}`, 'DefinitionUri');
    return undefined;
  }
}

function readSubstitutions(substitutions: PropertyMap | undefined): Map<string, string> {
  return new Map((substitutions?.keys ?? []).map((key) => [key, substitutions?.getString(key) ?? 'null']));
}

/**
 * Replaces `${Name}` in the text with values. Like CloudFormation, replaces placeholders before the text is parsed, so that a
 * placeholder without quotes can become a number. Reports placeholders without a value.
 */
function substitute(
  { text, location }: Source,
  values: ReadonlyMap<string, string>,
  problems: Problems,
): string {
  return text.replace(/\$\{([^{}"'\n]*)\}?/g, (placeholder, name: string, offset: number) => {
    const value = values.get(name);
    if (value !== undefined && placeholder.endsWith('}')) return value;
    problems.add(
      locationAt({ text, location }, offset),
      `DefinitionSubstitutions does not contain a value for ${placeholder}`,
    );
    return 'null';
  });
}

/** Returns the location of an offset in a file. For an inline definition, returns the location of its start. */
function locationAt({ text, location }: Source, offset: number): SourceLocation {
  return location.path === '' ? { ...location, line: text.slice(0, offset).split('\n').length } : location;
}
