import {
  createIdGetter,
  EVENT_SOURCE_MAPPING,
  FUNCTIONS,
  type NamedResource,
  QUEUE,
  TABLE,
} from '../template/resource-types';
import type { ServiceTemplate } from '../template/service-template';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';
import { expandQueueEvent, expandStreamEvent } from './expand-source';
import type { EventSourceMappingModel } from './model';
import { createQueueMapping } from './queue-mapping';
import { createStreamMapping } from './stream-mapping';

const getId = createIdGetter(36);
const getArn = (mapping: NamedResource) =>
  mapping.deployment.formatArn('lambda', `event-source-mapping:${getId(mapping)}`);

/** Reads event source mappings, which connect queues and streams to functions. */
export const eventSourcesTemplate: ServiceTemplate<{
  readonly eventSourceMappings: readonly EventSourceMappingModel[];
}> = {
  types: {
    [EVENT_SOURCE_MAPPING]: { ref: getId, attributes: { Id: getId, EventSourceMappingArn: getArn } },
  },
  events: { SQS: expandQueueEvent, DynamoDB: expandStreamEvent },
  createModels: (stack) => ({
    eventSourceMappings: stack
      .listResourcesOf(EVENT_SOURCE_MAPPING)
      .flatMap((mapping) => createMappingModel(mapping, stack) ?? []),
  }),
};

/**
 * Creates the model of an AWS::Lambda::EventSourceMapping. If the runtime does not emulate the source or the function, marks
 * the resource as unsupported and returns undefined.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html
 */
function createMappingModel(mapping: StackResource, stack: Stack): EventSourceMappingModel | undefined {
  const { properties } = mapping;
  const sourceArn = properties.requireString('EventSourceArn');
  const fn = findFunction(properties.requireString('FunctionName'), stack);
  const source = stack.findByArn(sourceArn);
  const table = stack.listResourcesOf(TABLE).find((table) => table.getAttribute('StreamArn') === sourceArn);
  if (table && fn) return createStreamMapping(mapping, table, fn, stack);
  if (source?.type !== QUEUE && !table) {
    mapping.markUnsupported(`The function receives no events, because ${sourceArn} is not emulated.`);
    return undefined;
  }
  if (!source || !fn) {
    mapping.markUnsupported('Its function is not in the template, so nothing reads the source.');
    return undefined;
  }
  return createQueueMapping(mapping, source, fn, stack);
}

/** Finds a function by name or ARN. The ARN may end with a version or an alias. */
function findFunction(nameOrArn: string, stack: Stack): StackResource | undefined {
  const [name] = nameOrArn
    .replace(/^arn:(?:[^:]*:){5}/, '')
    .replace(/^(?:\d{12}:)?function:/, '')
    .split(':');
  return stack.listResourcesOf(...FUNCTIONS).find((fn) => fn.name === name);
}
