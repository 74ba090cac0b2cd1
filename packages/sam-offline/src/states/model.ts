import type { RoleModel } from '../iam/model';

export interface StateMachineModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly type: 'EXPRESS' | 'STANDARD';
  readonly role: RoleModel;
  /** The parsed definition, with DefinitionSubstitutions applied. */
  readonly definition: Readonly<Record<string, unknown>>;
  /** The definition's file, if it is not in the template. Absolute. */
  readonly definitionFile?: string;
  readonly tracing: boolean;
}
