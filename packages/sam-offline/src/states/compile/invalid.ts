import type { JsonObject } from '../../core/service';
import type { StateMachineModel } from '../model';
import { compileMachine } from './compile-machine';
import { type DefinitionProblem, InvalidDefinitionError } from './compiler';

/** Lists the parts of a definition that Step Functions rejects. */
export function findInvalidParts(
  definition: JsonObject,
  type: StateMachineModel['type'],
): readonly DefinitionProblem[] {
  try {
    compileMachine(definition, { random: Math.random, now: Date.now }, type);
    return [];
  } catch (error) {
    if (error instanceof InvalidDefinitionError) return error.problems;
    throw error;
  }
}
