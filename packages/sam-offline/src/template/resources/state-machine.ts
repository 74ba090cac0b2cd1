import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { StateMachineModel } from '../../core/model';
import type { Problems } from '../problems';
import type { Members, Section } from '../section';
import type { StackResource } from '../stack/stack-resource';
import { type Place, plain } from '../yaml/node';
import { parseYaml } from '../yaml/parse';

const VERSIONS = 'versions and aliases are not available here';

const MEMBERS: Members = {
  implemented: ['Name', 'Type', 'Definition', 'DefinitionUri', 'DefinitionSubstitutions', 'Tracing'],
  inert: ['Logging', 'Role', 'RolePath', 'Policies', 'PermissionsBoundary', 'Tags', 'PropagateTags'],
  refused: { AutoPublishAlias: VERSIONS, DeploymentPreference: VERSIONS, UseAliasAsEventTarget: VERSIONS },
};

/**
 * AWS::Serverless::StateMachine. `root` is the folder of the template.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-statemachine.html
 */
export function stateMachineModel(
  resource: StackResource,
  root: string,
  problems: Problems,
): StateMachineModel {
  const { properties } = resource;
  properties.allow(resource.type, MEMBERS);
  const tracing = properties.section('Tracing');
  tracing?.allow('Tracing', { implemented: ['Enabled'] });
  const uri = properties.string('DefinitionUri');
  return {
    logicalId: resource.logicalId,
    name: resource.name,
    arn: resource.attribute('Arn') ?? '',
    type: properties.oneOf('Type', ['EXPRESS', 'STANDARD']) ?? 'STANDARD',
    definition: definition(properties, root, problems),
    ...(uri !== undefined && { definitionFile: resolve(root, uri) }),
    tracing: tracing?.boolean('Enabled') ?? false,
  };
}

function definition(properties: Section, root: string, problems: Problems): Record<string, unknown> {
  const source = definitionSource(properties, root);
  if (!source) return {};
  const values = substitutions(properties.section('DefinitionSubstitutions'));
  const machine = parse({ ...source, text: substitute(source, values, problems) }, problems);
  const isMachine =
    typeof machine === 'object' && machine !== null && 'StartAt' in machine && 'States' in machine;
  if (isMachine) return machine as Record<string, unknown>;
  if (machine !== undefined) problems.add(source.place, 'a state machine needs StartAt and States');
  return {};
}

/** JSON, or YAML if the file's name says so; undefined once a mistake in it has been reported. */
function parse({ text, place }: Source, problems: Problems): unknown {
  if (/\.ya?ml$/.test(place.file) && place.path === '') return plain(parseYaml(text, place.file, problems));
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? 0);
    problems.add(placeIn({ text, place }, position), `the definition is not JSON: ${message}`);
    return undefined;
  }
}

/** A definition's text and where it stands: in a file of its own if the place has no path. */
interface Source {
  readonly text: string;
  readonly place: Place;
}

/** The definition's text: of the file, or of the properties written as JSON. */
function definitionSource(properties: Section, root: string): Source | undefined {
  const uri = properties.string('DefinitionUri');
  const inline = properties.section('Definition');
  if (properties.has('DefinitionUri') === properties.has('Definition')) {
    properties.problem('either Definition or DefinitionUri must be given');
    return undefined;
  }
  if (inline) return { text: JSON.stringify(properties.plain('Definition')), place: inline.place };
  if (uri === undefined) return undefined;
  const file = join(dirname(properties.place.file), uri);
  try {
    return {
      text: readFileSync(resolve(root, uri), 'utf8'),
      place: { file, line: 1, path: '' },
    };
  } catch (error) {
    properties.problem(`the definition cannot be read: ${(error as Error).message}`, 'DefinitionUri');
    return undefined;
  }
}

function substitutions(section: Section | undefined): Map<string, string> {
  return new Map((section?.keys ?? []).map((key) => [key, section?.string(key) ?? 'null']));
}

/**
 * Puts values in the place of `${Name}`, in the text itself, before it is parsed, as CloudFormation does: a
 * placeholder without quotes becomes a number. What is left over is a mistake; no expression needs a `${`.
 */
function substitute(
  { text, place }: Source,
  values: ReadonlyMap<string, string>,
  problems: Problems,
): string {
  return text.replace(/\$\{([^{}"'\n]*)\}?/g, (whole, name: string, offset: number) => {
    const value = values.get(name);
    if (value !== undefined && whole.endsWith('}')) return value;
    problems.add(placeIn({ text, place }, offset), `DefinitionSubstitutions has no value for ${whole}`);
    return 'null';
  });
}

/** The line of an offset in a file; of an inline definition, the line where it begins. */
function placeIn({ text, place }: Source, offset: number): Place {
  return place.path === '' ? { ...place, line: text.slice(0, offset).split('\n').length } : place;
}
