import { createSection, type DescribeService } from '../core/overview';

/** Describes the schedules, and the rules with a schedule, with their expressions. */
export const describeSchedules: DescribeService = ({ schedules, rules }) =>
  createSection('Schedules', [
    ...schedules.map(({ logicalId, expression }) => `${logicalId} ${expression}`),
    ...rules.flatMap(({ logicalId, schedule }) => (schedule === undefined ? [] : `${logicalId} ${schedule}`)),
  ]);
