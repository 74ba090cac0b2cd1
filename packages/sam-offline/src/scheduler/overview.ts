import { createSection, type DescribeService } from '../core/overview';
import type { RuleScheduleModel, ScheduleModel } from './model';

interface Resources {
  readonly schedules: readonly ScheduleModel[];
  readonly rules: readonly RuleScheduleModel[];
}

/** Describes the schedules of EventBridge Scheduler and of rules, with their expressions. */
export const describeSchedules: DescribeService<Resources> = ({ schedules, rules }) =>
  createSection('Schedules', [
    ...schedules.map(({ logicalId, expression, enabled }) => format(logicalId, expression, enabled)),
    ...rules.flatMap(({ logicalId, schedule, enabled }) =>
      schedule === undefined ? [] : [format(logicalId, schedule, enabled)],
    ),
  ]);

function format(logicalId: string, expression: string, isEnabled: boolean): string {
  return `${logicalId} ${expression}${isEnabled ? '' : ' (disabled)'}`;
}
