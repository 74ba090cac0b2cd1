import { createSection, type DescribeService } from '../core/overview';
import { parseBusName } from './entries';
import type { EventBusModel, RuleModel } from './model';

/** Describes the event buses, and the default bus if a rule uses it. */
export const describeEventBuses: DescribeService<{
  readonly eventBuses: readonly EventBusModel[];
  readonly rules: readonly RuleModel[];
}> = ({ eventBuses, rules }) => {
  const usesDefault = rules.some(({ eventBusName }) => parseBusName(eventBusName) === 'default');
  const names = [...eventBuses.map(({ logicalId }) => logicalId), ...(usesDefault ? ['default'] : [])];
  const event = '{"source":"app","detail-type":"Example","detail":{}}';
  return createSection('Event buses', names, {
    label: 'Publish an event',
    command: `npx sam-offline send ${names[0]} '${event}'`,
  });
};
