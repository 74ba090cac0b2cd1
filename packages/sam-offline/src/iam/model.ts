import type { JsonObject } from '../core/service';
import type { PolicyStatement } from './policy';

/** The permissions of a function or a state machine. */
export interface RoleModel {
  /** The policy statements. Absent if a policy or the role cannot be resolved from the template. */
  readonly statements?: readonly PolicyStatement[];
  /** The names of policies and roles that cannot be resolved. */
  readonly unresolved: readonly string[];
}

/** A resource that calls services with a role. */
export interface RoleUser {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly role: RoleModel;
}

type NamedRole = RoleModel & { readonly arn: string };

/** An API with integrations that call services with a role. */
export interface IntegratedApi {
  readonly routes: readonly {
    readonly integration: {
      readonly type: string;
      readonly credentials?: RoleUser;
    };
  }[];
}

/** The resources of an application that have roles, and the keys of its tables. */
export interface RoleUsers {
  readonly region: string;
  readonly accountId: string;
  readonly functions: readonly RoleUser[];
  readonly stateMachines: readonly RoleUser[];
  readonly rules: readonly {
    readonly logicalId: string;
    readonly name: string;
    readonly targets: readonly { readonly role?: NamedRole }[];
  }[];
  readonly schedules?: readonly {
    readonly logicalId: string;
    readonly name: string;
    readonly role: NamedRole;
  }[];
  readonly tables: readonly { readonly name: string; readonly createTable: Readonly<JsonObject> }[];
  readonly webSocketApis?: readonly IntegratedApi[];
  readonly restApis?: readonly IntegratedApi[];
}
