import type { PolicyStatement } from './policy';

/** The permissions of a function or a state machine. */
export interface RoleModel {
  /** The statements of its policies. Absent if they cannot be resolved from the template. */
  readonly statements?: readonly PolicyStatement[];
  /** The names of the policies and roles that cannot be resolved. */
  readonly unresolved: readonly string[];
}
