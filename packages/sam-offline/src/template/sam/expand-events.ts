import type { ExpandEvent } from '../catalog';
import type { Problems } from '../problems';
import type { Resource } from '../stack/resource';
import { getMember, getText, parseIntrinsic } from '../yaml/node';

/** Creates the resources for the Events of a function or a state machine: rules, queues, permissions and routes. */
export function expandEvents(
  parent: Resource,
  types: Readonly<Record<string, ExpandEvent>>,
  problems: Problems,
): Resource[] {
  const declared = getMember(parent.properties, 'Events');
  if (!declared) return [];
  if (declared.kind !== 'map' || parseIntrinsic(declared)) {
    problems.add(declared.location, 'Events must be a map');
    return [];
  }
  return [...declared.entries].flatMap(([name, event]) => {
    const type = getText(getMember(event, 'Type'));
    const expand = type !== undefined && Object.hasOwn(types, type) ? types[type] : undefined;
    if (expand) return expand(parent, name, event, problems);
    if (type === undefined) problems.add(event.location, 'Type is missing');
    else {
      problems.report(
        'trigger',
        event.location,
        `The event type ${type} is not supported. ${parent.logicalId} does not receive these events.`,
      );
    }
    return [];
  });
}
