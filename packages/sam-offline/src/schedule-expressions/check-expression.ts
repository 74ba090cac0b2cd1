import type { PropertyMap } from '../template/property-map';
import { parseSchedule, ScheduleError } from './expression';

/** Reports an invalid expression. Also used for rules, which have no time zone and no `at`. */
export function checkExpression(properties: PropertyMap, expression: string, timeZone = 'UTC'): boolean {
  try {
    parseSchedule(expression, 0, timeZone);
    return true;
  } catch (error) {
    if (!(error instanceof ScheduleError)) throw error;
    properties.addProblem(error.message, 'ScheduleExpression');
    return false;
  }
}
