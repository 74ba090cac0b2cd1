import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { StateMachineModel } from '../../core/model';
import type { Problems } from '../problems';
import type { PropertyMap, SupportedKeys } from '../property-map';
import type { StackResource } from '../stack/stack-resource';
import { type SourceLocation, toPlainValue } from '../yaml/node';
import { parseYaml } from '../yaml/parse';
import { createRoleModel } from './role';

const VERSIONS = 'The runtime does not emulate versions and aliases.';

const KEYS: SupportedKeys = {
  emulated: ['Name', 'Type', 'Definition', 'DefinitionUri', 'DefinitionSubstitutions', 'Tracing'],
  inert: ['Logging', 'Role', 'RolePath', 'Policies', 'PermissionsBoundary', 'Tags', 'PropagateTags'],
  unsupported: {
    AutoPublishAlias: VERSIONS,
    DeploymentPreference: VERSIONS,
    UseAliasAsEventTarget: VERSIONS,
  },
};

/**
 * Creates the model of an AWS::Serverless::StateMachine. `root` is the folder of the template.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
 */
export function createStateMachineModel(
  resource: StackResource,
  root: string,
  problems: Problems,
): StateMachineModel {
  const { properties } = resource;
  properties.checkKeys(resource.type, KEYS);
  const tracing = properties.getMap('Tracing');
  tracing?.checkKeys('Tracing', { emulated: ['Enabled'] });
  const uri = properties.getString('DefinitionUri');
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.getAttribute('Arn') ?? '',
    type: properties.getEnum('Type', ['EXPRESS', 'STANDARD']) ?? 'STANDARD',
    role: createRoleModel(resource),
    definition: readDefinition(properties, root, problems),
    ...(uri !== undefined && { definitionFile: resolve(root, uri) }),
    tracing: tracing?.getBoolean('Enabled') ?? false,
  };
}

function readDefinition(properties: PropertyMap, root: string, problems: Problems): Record<string, unknown> {
  const source = readSource(properties, root);
  if (!source) return {};
  const values = readSubstitutions(properties.getMap('DefinitionSubstitutions'));
  const machine = parseDefinition({ ...source, text: substitute(source, values, problems) }, problems);
  const isMachine =
    typeof machine === 'object' && machine !== null && 'StartAt' in machine && 'States' in machine;
  if (isMachine) return machine as Record<string, unknown>;
  if (machine !== undefined) problems.add(source.location, 'The definition must have StartAt and States');
  return {};
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

/** The text of a definition and its location. The path of the location is empty for a separate file. */
interface Source {
  readonly text: string;
  readonly location: SourceLocation;
}

/** Returns the text of the definition file, or the inline definition as JSON. */
function readSource(properties: PropertyMap, root: string): Source | undefined {
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
 * Replaces `${Name}` in the text with a value. Like CloudFormation, does this before parsing, so that a placeholder
 * without quotes can become a number. Reports placeholders without a value.
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
