import { isObject } from '../core/service';
import { compilePattern } from '../event-patterns/pattern';
import { evaluatePolicies } from '../iam/policy';
import { createRoleModel } from '../iam/role-template';
import type { PropertyMap } from '../template/property-map';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import type { EventSourceMappingModel } from './model';

/** The properties that mappings of queues and streams share. */
export const EMULATED_KEYS = [
  ...['EventSourceArn', 'FunctionName', 'Enabled', 'BatchSize', 'MaximumBatchingWindowInSeconds'],
  ...['FunctionResponseTypes', 'FilterCriteria'],
];
export const INERT_KEYS = ['KmsKeyArn', 'MetricsConfig', 'Tags'];

/** Returns the part of the model that mappings of queues and streams share. */
export function readSharedProperties(
  { properties, logicalId }: StackResource,
  fn: StackResource,
  defaultBatchSize: number,
): Omit<EventSourceMappingModel, 'sourceArn'> {
  const responseTypes = properties.has('FunctionResponseTypes')
    ? properties.requireStrings('FunctionResponseTypes')
    : [];
  return {
    logicalId,
    functionArn: fn.getAttribute('Arn') ?? '',
    enabled: properties.getBoolean('Enabled') !== false,
    batchSize: properties.getInteger('BatchSize', 1, 10_000) ?? defaultBatchSize,
    batchingWindowSeconds: properties.getInteger('MaximumBatchingWindowInSeconds', 0, 300) ?? 0,
    reportsItemFailures: responseTypes.includes('ReportBatchItemFailures'),
    filters: readFilters(properties.getMap('FilterCriteria')),
  };
}

/**
 * Reports a role that does not allow Lambda to read the source. On AWS, Lambda checks the role when it creates the mapping.
 */
export function checkRole(
  mapping: StackResource,
  fn: StackResource,
  stack: Stack,
  required: { resource: string; actions: readonly string[]; describe: (action: string) => string },
): void {
  const { statements } = createRoleModel(fn, 'Role', stack);
  if (!statements) return;
  const { resource, actions, describe } = required;
  const denied = actions.find((action) => evaluatePolicies(statements, { action, resource }) !== 'allowed');
  if (denied !== undefined)
    mapping.properties.addProblem(`${describe(denied)}. Add ${denied} to ${fn.logicalId}.`);
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html */
function readFilters(criteria: PropertyMap | undefined): Record<string, unknown>[] {
  criteria?.checkKeys('FilterCriteria', { emulated: ['Filters'] });
  return (criteria?.getMaps('Filters') ?? []).flatMap((filter) => {
    filter.checkKeys('Filters', { emulated: ['Pattern'] });
    const pattern = parsePattern(filter.requireString('Pattern'));
    if (pattern) return [pattern];
    filter.addProblem('Invalid filter pattern definition.', 'Pattern');
    return [];
  });
}

function parsePattern(text: string): Record<string, unknown> | undefined {
  try {
    const pattern: unknown = JSON.parse(text);
    compilePattern(pattern);
    return isObject(pattern) ? pattern : undefined;
  } catch {
    return undefined;
  }
}
