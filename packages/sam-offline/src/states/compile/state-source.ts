import type { JsonObject } from '../../core/service';
import type { Compiler } from './compiler';

/** The variables of a branch's outer scopes. The branch can read these variables, but cannot assign them. */
export type OuterVariables = ReadonlySet<string>;

/** The definition of a state and the compilation context. */
export interface StateSource {
  readonly compiler: Compiler;
  readonly name: string;
  readonly state: JsonObject;
  /** The variables that nested branches cannot assign. */
  readonly variables: OuterVariables;
}
