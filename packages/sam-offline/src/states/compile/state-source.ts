import type { JsonObject } from '../../core/service';
import type { Compiler } from './compiler';

/** The variables of a branch's outer scopes. The branch can read but not assign them. */
export type OuterVariables = ReadonlySet<string>;

/** A state's definition with its compilation context. */
export interface StateSource {
  readonly compiler: Compiler;
  readonly name: string;
  readonly state: JsonObject;
  /** The variables that nested branches cannot assign. */
  readonly variables: OuterVariables;
}
