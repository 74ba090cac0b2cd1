import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { App, OutputModel } from '../core/model';
import { readParameters } from './parameters';
import { Problems, TemplateError } from './problems';
import { eventBusModel, ruleModel } from './resources/event-bridge';
import { functionModel } from './resources/function';
import { checkHttpEvent, httpApiModel } from './resources/http-api';
import { INERT } from './resources/inert-types';
import { queueModel } from './resources/queue';
import * as types from './resources/resource-types';
import { secretModel } from './resources/secret';
import { stateMachineModel } from './resources/state-machine';
import { tableModel } from './resources/table';
import { websiteModel } from './resources/website';
import { checkIntegration, checkRoute, webSocketApiModel } from './resources/websocket-api';
import { reportCycles } from './stack/cycles';
import { Deployment } from './stack/deployment';
import { Stack } from './stack/stack';
import type { StackResource } from './stack/stack-resource';
import { member, type Node, plain, text } from './yaml/node';
import { parseYaml } from './yaml/parse';

export { parseParameterOverrides } from './parameter-overrides';
export { type Problem, TemplateError } from './problems';

export interface LoadOptions {
  /** The template, YAML or JSON. Messages name it as it is spelled here. */
  readonly file: string;
  /** Values of the template's parameters; their defaults hold for the others. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Default `local`. Generated names begin with it. */
  readonly stackName?: string;
  /** Default: the environment's AWS_REGION, else us-east-1. */
  readonly region?: string;
  /** Default 123456789012. */
  readonly accountId?: string;
}

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

/**
 * Reads a SAM template and resolves everything in it for a deployment to this machine.
 *
 * Throws a TemplateError that lists everything that is wrong or not supported, each with file, line and path.
 * Names and ids depend on the stack's name and the logical ids only: they are the same on every run.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy.html
 */
export function loadTemplate(options: LoadOptions): App {
  const { file, parameters = {}, stackName = 'local', accountId = '123456789012' } = options;
  const region = options.region ?? process.env.AWS_REGION ?? 'us-east-1';
  const problems = new Problems();
  const template = parseYaml(read(file), file, problems);
  problems.throwIfAny();
  checkSections(template, problems);

  const declared = member(template, 'Parameters');
  const values = readParameters(declared, parameters, { file, line: 1, path: '' }, problems);
  const stack = new Stack(template, values, new Deployment(region, accountId, stackName), problems);
  const app = {
    region,
    accountId,
    stackName,
    ...models(stack, dirname(resolve(file))),
    outputs: outputs(template, stack),
  };
  const website = websiteModel(stack, app.root, app.outputs);
  reportCycles(stack.existing(), (first, ids) =>
    problems.add(
      first.place,
      `circular dependency between resources: ${[...ids, first.logicalId].join(' -> ')}`,
    ),
  );
  problems.throwIfAny();
  return { ...app, ...(website && { website }) };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const message = `the template cannot be read: ${(error as Error).message}`;
    throw new TemplateError([{ file, line: 1, path: '', message }]);
  }
}

function checkSections(template: Node, problems: Problems): void {
  if (template.kind !== 'map') {
    problems.add(template.place, 'a template is a map of sections');
    return;
  }
  for (const [name, { place }] of template.entries) {
    if (!SECTIONS.includes(name)) problems.add(place, `the section ${name} is not supported`);
  }
  if (member(template, 'Resources')?.kind !== 'map')
    problems.add(template.place, 'a template needs Resources');
  checkTransform(template, problems);
}

function checkTransform(template: Node, problems: Problems): void {
  const transform = member(template, 'Transform');
  const transforms = transform ? [plain(transform)].flat() : [];
  for (const name of transforms.filter((name) => name !== 'AWS::Serverless-2016-10-31')) {
    problems.add(transform?.place ?? template.place, `the transform ${name} is not supported`);
  }
  const resources = member(template, 'Resources');
  const types =
    resources?.kind === 'map' ? [...resources.entries.values()].map((node) => member(node, 'Type')) : [];
  if (!transform && types.some((type) => text(type)?.startsWith('AWS::Serverless::'))) {
    problems.add(template.place, 'a SAM template needs Transform: AWS::Serverless-2016-10-31');
  }
}

function models(stack: Stack, root: string): Omit<App, 'region' | 'accountId' | 'stackName' | 'outputs'> {
  const resources = stack.existing();
  const ofType = <T>(type: string, build: (resource: StackResource) => T): T[] =>
    resources.filter((resource) => resource.type === type).map(build);

  const apiIds = ofType(types.WEBSOCKET_API, (api) => api.refValue ?? '');
  ofType(types.ROUTE, (route) => checkRoute(route, apiIds));
  ofType(types.INTEGRATION, (integration) => checkIntegration(integration, apiIds, stack));
  const httpApiIds = ofType(types.HTTP_API, (api) => api.refValue ?? '');
  ofType(types.HTTP_EVENT, (event) => checkHttpEvent(event, httpApiIds));
  for (const resource of resources) checkType(resource, stack);
  return {
    root,
    functions: ofType(types.FUNCTION, (resource) => functionModel(resource, root, stack)),
    webSocketApis: ofType(types.WEBSOCKET_API, (resource) => webSocketApiModel(resource, stack)),
    httpApis: ofType(types.HTTP_API, (resource) => httpApiModel(resource, stack)),
    tables: ofType(types.TABLE, tableModel),
    eventBuses: ofType(types.EVENT_BUS, eventBusModel),
    rules: ofType(types.RULE, (resource) => ruleModel(resource, stack)),
    queues: ofType(types.QUEUE, queueModel),
    secrets: ofType(types.SECRET, secretModel),
    stateMachines: ofType(types.STATE_MACHINE, (resource) =>
      stateMachineModel(resource, root, stack.problems),
    ),
  };
}

/** Refuses types this runtime does not have. A stage it has only as SAM generates it. */
function checkType({ type, logicalId, place, generatedFor }: StackResource, stack: Stack): void {
  const isKnown = Object.hasOwn(types.IDENTITIES, type) || Object.hasOwn(INERT, type);
  const isOwnStage = [types.STAGE, types.HTTP_EVENT].includes(type) && generatedFor === undefined;
  if (!isKnown || isOwnStage) {
    stack.problems.add(place, `resource type ${type} of ${logicalId} is not supported`);
  }
}

function outputs(template: Node, stack: Stack): OutputModel[] {
  const section = member(template, 'Outputs');
  if (section?.kind !== 'map') return [];
  return [...section.entries].flatMap(([key, node]) => {
    const condition = member(node, 'Condition');
    if (condition?.kind === 'scalar' && !stack.isTrue(String(condition.value), condition.place)) return [];
    const output = stack.evaluateSection(node);
    output.allow('an output', { implemented: ['Value', 'Description', 'Condition'], inert: ['Export'] });
    const description = output.string('Description');
    const value = output.requiredString('Value');
    return [{ key, value, ...(description === undefined ? {} : { description }) }];
  });
}
