import type { RoleModel } from '../iam/model';

export interface StateMachineModel {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly type: 'EXPRESS' | 'STANDARD';
  readonly role: RoleModel;
  /** The parsed definition, with DefinitionSubstitutions applied. */
  readonly definition: Readonly<Record<string, unknown>>;
  /** The absolute path of the definition file. Undefined if the definition is in the template. */
  readonly definitionFile?: string;
  readonly tracing: boolean;
}
