import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { expandMacros } from '../template/macros';
import { readParameters } from '../template/parameters';
import { Problems, TemplateError } from '../template/problems';
import { type GivenValues, ResolvedValues } from '../template/resolved-values';
import { reportCycles } from '../template/stack/cycles';
import { Deployment } from '../template/stack/deployment';
import { readCondition } from '../template/stack/resource';
import { Stack } from '../template/stack/stack';
import type { ResourceSupport } from '../template/support';
import { describeNode, getMember, getText, type Node } from '../template/yaml/node';
import { parseYaml } from '../template/yaml/parse';
import { createWebsiteModel, findWebsiteTemplate } from '../website/template';
import type { App, OutputModel } from './app';
import { CATALOG, createServiceModels } from './services';

export { parseParameterOverrides } from '../template/parameter-overrides';
export { type Problem, TemplateError } from '../template/problems';

export interface LoadOptions {
  /** The template file in YAML or JSON. Messages contain this path unchanged. */
  readonly file: string;
  /** Parameter values. Other parameters have the template's default values. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Values that replace the template's default values. Undeclared parameters are ignored. */
  readonly parameterDefaults?: Readonly<Record<string, string>>;
  /** Values of Systems Manager parameters and secrets that are not in the template, by name. */
  readonly values?: GivenValues;
  /** The prefix of generated names. Default: `local`. */
  readonly stackName?: string;
  /** The region. Default: the environment variable AWS_REGION, or us-east-1. */
  readonly region?: string;
  /** The account ID. Default: 123456789012. */
  readonly accountId?: string;
  /** Whether unsupported elements and protections that the runtime does not enforce are errors. Default: false. */
  readonly strict?: boolean;
  /** Whether functions without a source file are unsupported. Default: false, because a build may create the file. */
  readonly requireSources?: boolean;
}

/** The runtime always applies the language extensions. */
const TRANSFORMS = ['AWS::Serverless-2016-10-31', 'AWS::LanguageExtensions', 'AWS::Include'];

const SECTIONS = [
  ...[
    'AWSTemplateFormatVersion',
    'Transform',
    'Description',
    'Metadata',
    'Parameters',
    'Mappings',
    'Conditions',
  ],
  ...['Globals', 'Resources', 'Outputs'],
];

/** The sections that must be maps. Otherwise, CloudFormation rejects the template. */
const MAPS = ['Parameters', 'Mappings', 'Conditions', 'Globals', 'Resources', 'Outputs'];

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
const MAX_RESOURCES = 500;

/**
 * Loads a SAM template: applies parameters, conditions, intrinsic functions and the SAM transform. Generated names and IDs
 * depend on the stack name and the logical IDs only, so they are the same on every run.
 *
 * The member `support` of the result lists the elements that the runtime does not emulate.
 *
 * Throws a TemplateError that lists every error with its file, line and path. Elements that AWS rejects are errors. With
 * `strict`, elements that the runtime does not support are errors, too.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy.html
 */
export function loadTemplate(options: LoadOptions): App {
  try {
    return load(options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const message = 'The template is nested too deeply, or its references form a chain that is too long';
    throw new TemplateError([{ file: options.file, line: 1, path: '', message }]);
  }
}

/** @param inherited the outputs of the application, if the template hosts only its website */
function load(options: LoadOptions, inherited?: readonly OutputModel[]): App {
  const { file, parameters = {}, stackName = 'local', accountId = '123456789012' } = options;
  const region = options.region ?? process.env.AWS_REGION ?? 'us-east-1';
  const problems = new Problems();
  const source = parseYaml(readTemplate(file), file, problems);
  problems.throwIfAny();
  checkSections(source, problems);

  const root = dirname(resolve(file));
  const resolved = new ResolvedValues(options.values ?? {}, problems);
  const declared = getMember(source, 'Parameters');
  const values = readParameters({
    declared,
    given: { ...pickDeclared(options.parameterDefaults ?? {}, declared), ...parameters },
    file: { file, line: 1, path: '' },
    problems,
    resolveSsm: (name, location) => resolved.resolveParameter(name, location),
  });
  const template = expandMacros(source, root, values, problems);
  const deployment = new Deployment(region, accountId, stackName);
  const stack = new Stack({
    template,
    parameters: values,
    deployment,
    problems,
    catalog: CATALOG,
    root,
    resolved,
    requireSources: options.requireSources ?? false,
  });
  const models = createServiceModels(stack);
  const outputs = createOutputModels(template, stack);
  const site = findWebsiteTemplate(source, root, problems);
  const siteApp = site === undefined ? undefined : load(createSiteOptions(options, site, outputs), outputs);
  const website = siteApp?.website ?? createWebsiteModel(stack, root, inherited ?? outputs);
  reportCycles(stack.listResources(), (first, logicalIds) =>
    problems.add(
      first.location,
      `Circular dependency between resources: ${[...logicalIds, first.logicalId].join(' -> ')}`,
    ),
  );
  const resources = [...listSupport(stack, options.strict ?? false), ...(siteApp?.support.resources ?? [])];
  problems.throwIfAny(options.strict);
  return {
    region,
    accountId,
    stackName,
    root,
    ...models,
    outputs,
    ...(website && { website }),
    support: { resources, findings: [...problems.findings, ...(siteApp?.support.findings ?? [])] },
  };
}

/**
 * Returns the options for loading the website's template. A parameter with the same name as an output has the output's value.
 */
function createSiteOptions(options: LoadOptions, file: string, outputs: readonly OutputModel[]): LoadOptions {
  const parameterDefaults = Object.fromEntries(outputs.map(({ key, value }) => [key, value]));
  return { ...options, file, parameters: {}, parameterDefaults };
}

/** Returns the values of the parameters that the template declares. */
function pickDeclared(
  values: Readonly<Record<string, string>>,
  declared: Node | undefined,
): Record<string, string> {
  const names = declared?.kind === 'map' ? declared.entries : new Map();
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.has(name)));
}

/** Returns the name of a transform. A transform is a name, or a map with a name and parameters. */
function nameOf(transform: Node): string {
  const name = transform.kind === 'map' ? getMember(transform, 'Name') : transform;
  return getText(name) ?? `(${describeNode(name ?? transform)})`;
}

/** Returns how the runtime supports each declared resource. With `isStrict`, unsupported resources are errors. */
function listSupport(stack: Stack, isStrict: boolean): ResourceSupport[] {
  const declared = stack.listResources().filter(({ generatedFor }) => generatedFor === undefined);
  return declared.map(({ support, location }) => {
    if (isStrict && support.support === 'unsupported') {
      const { type, logicalId, note } = support;
      stack.problems.add(location, `The resource ${logicalId} of the type ${type} is not supported. ${note}`);
    }
    return support;
  });
}

function readTemplate(file: string): string {
  let message: string;
  try {
    const content = readFileSync(file);
    if (isUtf8(content)) return content.toString();
    message = 'The template is not valid UTF-8 text';
  } catch (error) {
    message = `The template cannot be read: ${(error as Error).message}`;
  }
  throw new TemplateError([{ file, line: 1, path: '', message }]);
}

function checkSections(template: Node, problems: Problems): void {
  if (template.kind !== 'map') {
    problems.add(template.location, 'The template must be a map of sections');
    return;
  }
  for (const [name, node] of template.entries) {
    if (!SECTIONS.includes(name)) {
      const unused = SECTIONS.filter((section) => !template.entries.has(section));
      problems.reportUnknown(node.location, name, `The section ${name} is not supported`, unused);
    }
    if (MAPS.includes(name) && node.kind !== 'map' && node.kind !== 'invalid')
      problems.add(node.location, `The section ${name} must be a map, but is ${describeNode(node)}`);
  }
  const resources = getMember(template, 'Resources');
  if (!resources) problems.add(template.location, 'Resources is missing');
  if (resources?.kind === 'map' && resources.entries.size === 0)
    problems.add(resources.location, 'Resources must contain at least one resource');
  if (resources?.kind === 'map' && resources.entries.size > MAX_RESOURCES) {
    const message = `The template has ${resources.entries.size} resources. CloudFormation allows ${MAX_RESOURCES}.`;
    problems.add(resources.location, message);
  }
  checkTransform(template, problems);
}

function checkTransform(template: Node, problems: Problems): void {
  const transform = getMember(template, 'Transform');
  const transforms = transform?.kind === 'list' ? transform.items : transform ? [transform] : [];
  for (const name of transforms.map(nameOf).filter((name) => !TRANSFORMS.includes(name))) {
    problems.report(
      'unsupported',
      transform?.location ?? template.location,
      `The transform ${name} is not supported`,
    );
  }
  const resources = getMember(template, 'Resources');
  const types =
    resources?.kind === 'map' ? [...resources.entries.values()].map((node) => getMember(node, 'Type')) : [];
  if (!transform && types.some((type) => getText(type)?.startsWith('AWS::Serverless::'))) {
    problems.add(
      template.location,
      'AWS::Serverless resources require Transform: AWS::Serverless-2016-10-31',
    );
  }
}

function createOutputModels(template: Node, stack: Stack): OutputModel[] {
  const section = getMember(template, 'Outputs');
  if (section?.kind !== 'map') return [];
  return [...section.entries].flatMap(([key, node]) => {
    const condition = readCondition(node, stack.problems);
    const { location } = getMember(node, 'Condition') ?? node;
    if (condition !== undefined && !stack.isConditionTrue(condition, location)) return [];
    const output = stack.evaluateOutput(node);
    output.checkKeys('an output', { emulated: ['Value', 'Description', 'Condition'], inert: ['Export'] });
    const description = output.getString('Description');
    const value = output.requireString('Value');
    return [{ key, value, ...(description === undefined ? {} : { description }) }];
  });
}
