import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { App, OutputModel } from '../core/model';
import { INERT_TYPES } from './inert-types';
import { readParameters } from './parameters';
import { Problems, TemplateError } from './problems';
import * as types from './resource-types';
import { createEventBusModel, createRuleModel } from './resources/event-bridge';
import { createFunctionModel } from './resources/function';
import { checkHttpEvent, createHttpApiModel } from './resources/http-api';
import { createQueueModel } from './resources/queue';
import { createSecretModel } from './resources/secret';
import { createStateMachineModel } from './resources/state-machine';
import { createTableModel } from './resources/table';
import { createWebsiteModel } from './resources/website';
import { checkIntegration, checkRoute, createWebSocketApiModel } from './resources/websocket-api';
import { reportCycles } from './stack/cycles';
import { Deployment } from './stack/deployment';
import { Stack } from './stack/stack';
import type { StackResource } from './stack/stack-resource';
import { getMember, getText, type Node, toPlainValue } from './yaml/node';
import { parseYaml } from './yaml/parse';

export { parseParameterOverrides } from './parameter-overrides';
export { type Problem, TemplateError } from './problems';

export interface LoadOptions {
  /** The template file, YAML or JSON. Messages contain the path as passed. */
  readonly file: string;
  /** Parameter values. The template's defaults apply to the others. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** The prefix of generated names. Default: `local`. */
  readonly stackName?: string;
  /** Default: the environment variable AWS_REGION, or us-east-1. */
  readonly region?: string;
  /** Default: 123456789012. */
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
 * Loads a SAM template: applies parameters, conditions, intrinsic functions and the SAM transform. Generated names and
 * IDs depend on the stack name and the logical IDs only, so they are the same on every run.
 *
 * Throws TemplateError that lists every invalid or unsupported element with its file, line and path.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy.html
 */
export function loadTemplate(options: LoadOptions): App {
  const { file, parameters = {}, stackName = 'local', accountId = '123456789012' } = options;
  const region = options.region ?? process.env.AWS_REGION ?? 'us-east-1';
  const problems = new Problems();
  const template = parseYaml(readTemplate(file), file, problems);
  problems.throwIfAny();
  checkSections(template, problems);

  const declared = getMember(template, 'Parameters');
  const values = readParameters(declared, parameters, { file, line: 1, path: '' }, problems);
  const stack = new Stack(template, values, new Deployment(region, accountId, stackName), problems);
  const app = {
    region,
    accountId,
    stackName,
    ...createModels(stack, dirname(resolve(file))),
    outputs: createOutputModels(template, stack),
  };
  const website = createWebsiteModel(stack, app.root, app.outputs);
  reportCycles(stack.listResources(), (first, logicalIds) =>
    problems.add(
      first.location,
      `Circular dependency between resources: ${[...logicalIds, first.logicalId].join(' -> ')}`,
    ),
  );
  problems.throwIfAny();
  return { ...app, ...(website && { website }) };
}

function readTemplate(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const message = `The template cannot be read: ${(error as Error).message}`;
    throw new TemplateError([{ file, line: 1, path: '', message }]);
  }
}

function checkSections(template: Node, problems: Problems): void {
  if (template.kind !== 'map') {
    problems.add(template.location, 'The template must be a map of sections');
    return;
  }
  for (const [name, { location }] of template.entries) {
    if (!SECTIONS.includes(name)) problems.add(location, `The section ${name} is not supported`);
  }
  if (getMember(template, 'Resources')?.kind !== 'map')
    problems.add(template.location, 'Resources is missing');
  checkTransform(template, problems);
}

function checkTransform(template: Node, problems: Problems): void {
  const transform = getMember(template, 'Transform');
  const transforms = transform ? [toPlainValue(transform)].flat() : [];
  for (const name of transforms.filter((name) => name !== 'AWS::Serverless-2016-10-31')) {
    problems.add(transform?.location ?? template.location, `The transform ${name} is not supported`);
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

function createModels(
  stack: Stack,
  root: string,
): Omit<App, 'region' | 'accountId' | 'stackName' | 'outputs'> {
  const resources = stack.listResources();
  const mapType = <T>(type: string, createModel: (resource: StackResource) => T): T[] =>
    resources.filter((resource) => resource.type === type).map(createModel);

  const apiIds = mapType(types.WEBSOCKET_API, (api) => api.refValue ?? '');
  mapType(types.ROUTE, (route) => checkRoute(route, apiIds));
  mapType(types.INTEGRATION, (integration) => checkIntegration(integration, apiIds, stack));
  const httpApiIds = mapType(types.HTTP_API, (api) => api.refValue ?? '');
  mapType(types.HTTP_EVENT, (event) => checkHttpEvent(event, httpApiIds));
  for (const resource of resources) checkType(resource, stack);
  return {
    root,
    functions: mapType(types.FUNCTION, (resource) => createFunctionModel(resource, root, stack)),
    webSocketApis: mapType(types.WEBSOCKET_API, (resource) => createWebSocketApiModel(resource, stack)),
    httpApis: mapType(types.HTTP_API, (resource) => createHttpApiModel(resource, stack)),
    tables: mapType(types.TABLE, createTableModel),
    eventBuses: mapType(types.EVENT_BUS, createEventBusModel),
    rules: mapType(types.RULE, (resource) => createRuleModel(resource, stack)),
    queues: mapType(types.QUEUE, createQueueModel),
    secrets: mapType(types.SECRET, createSecretModel),
    stateMachines: mapType(types.STATE_MACHINE, (resource) =>
      createStateMachineModel(resource, root, stack.problems),
    ),
  };
}

/** Reports unsupported resource types. Stages are supported only if SAM generates them. */
function checkType({ type, logicalId, location, generatedFor }: StackResource, stack: Stack): void {
  const isSupported = Object.hasOwn(types.EMULATED_TYPES, type) || Object.hasOwn(INERT_TYPES, type);
  const isGeneratedOnly = [types.STAGE, types.HTTP_EVENT].includes(type);
  if (!isSupported || (isGeneratedOnly && generatedFor === undefined)) {
    stack.problems.add(location, `The resource type ${type} of ${logicalId} is not supported`);
  }
}

function createOutputModels(template: Node, stack: Stack): OutputModel[] {
  const section = getMember(template, 'Outputs');
  if (section?.kind !== 'map') return [];
  return [...section.entries].flatMap(([key, node]) => {
    const condition = getMember(node, 'Condition');
    if (condition?.kind === 'scalar' && !stack.isConditionTrue(String(condition.value), condition.location)) {
      return [];
    }
    const output = stack.evaluateOutput(node);
    output.checkKeys('an output', { emulated: ['Value', 'Description', 'Condition'], inert: ['Export'] });
    const description = output.getString('Description');
    const value = output.requireString('Value');
    return [{ key, value, ...(description === undefined ? {} : { description }) }];
  });
}
