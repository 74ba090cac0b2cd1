import type { PropertyMap } from '../template/property-map';
import { parseSchedule, ScheduleError } from './expression';

/** Reports an invalid schedule expression. Returns whether the expression is valid. */
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
