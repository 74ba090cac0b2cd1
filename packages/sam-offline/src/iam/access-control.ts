import { formatArn, partitionOf } from '../aws/arn';
import { AwsError, type CallContext, type JsonObject, type Service } from '../core/service';
import { findForeignPage } from '../http/foreign-page';
import { type Credentials, createCredentials } from './credentials';
import type { IntegratedApi, RoleUser, RoleUsers } from './model';
import { type AccessRequest, evaluatePolicies, matches } from './policy';
import { type AccessScope, CONNECTION_PATH, requirementsOf } from './requirements';
import { findSessionToken, type SignedRequest, verifySignature } from './signature';

/** The developer's credentials. They grant all permissions. */
const DEVELOPER = { accessKeyId: 'local', secretAccessKey: 'local' } as const;

/** The caller of a route with IAM authorization, in the format of `requestContext.authorizer.iam` in events. */
export interface IamCaller {
  readonly accessKey: string;
  readonly accountId: string;
  readonly callerId: string;
  readonly cognitoIdentity: null;
  readonly principalOrgId: null;
  readonly userArn: string;
  readonly userId: string;
}

/** A request to the `@connections` API. */
export interface ConnectionRequest {
  readonly apiId: string;
  readonly stage: string;
  readonly method: string;
}

/** A request to a route with IAM authorization. */
export interface RouteRequest extends SignedRequest {
  readonly apiId: string;
  readonly stage: string;
  /** The route in the format of ARNs: the method and the decoded path without the stage, or `$connect`. */
  readonly route: string;
  /** The current time in epoch milliseconds. */
  readonly now: number;
}

/** The permissions of one role, for `GET /_local/permissions`. */
export interface PermissionReport {
  readonly logicalId: string;
  /** The permissions that the role's calls have required since startup. */
  readonly used: readonly { readonly action: string; readonly resource: string; readonly denied: boolean }[];
  /** Granted actions and resources that no call has used. */
  readonly unused: readonly { readonly action: string; readonly resource: string }[];
  /** False if the role cannot be resolved from the template. Its permissions are then not enforced. */
  readonly enforced: boolean;
}

interface Principal extends RoleUser {
  readonly roleName: string;
  readonly used: Map<string, AccessRequest & { denied: boolean }>;
}

/**
 * Enforces the roles of functions, state machines, rules, schedules and API integrations. Identifies a function by the access
 * key in its environment, a state machine by its ARN, and other callers by the ARN of their role. Calls with any other access
 * key are calls of the developer, and are allowed.
 */
export class AccessControl {
  private readonly principals: ReadonlyMap<string, Principal>;
  /** The credentials and ARN of each function, by access key. */
  private readonly byAccessKey: ReadonlyMap<string, Credentials & { readonly arn: string }>;
  private readonly scope: AccessScope;

  constructor(app: RoleUsers) {
    const owners = [...app.functions, ...app.stateMachines];
    const roles = app.rules.flatMap(({ logicalId, name, targets }) =>
      targets.flatMap(({ role }) => {
        const roleName = role?.arn.split('/').pop() ?? '';
        return role ? { logicalId, name, arn: role.arn, role, roleName } : [];
      }),
    );
    const principals = [
      ...owners.map((owner) => ({ ...owner, roleName: `${owner.logicalId}Role` })),
      ...roles,
      ...(app.schedules ?? []).map(({ logicalId, name, role }) => ({
        logicalId,
        name,
        arn: role.arn,
        role,
        roleName: role.arn.split('/').pop() ?? '',
      })),
      ...listCredentials([...(app.webSocketApis ?? []), ...(app.restApis ?? [])]),
    ];
    this.principals = new Map(
      principals.map((principal) => [principal.arn, { ...principal, used: new Map() }]),
    );
    const credentials = app.functions.map(({ arn }) => ({ arn, ...createCredentials(arn) }));
    this.byAccessKey = new Map(credentials.map((each) => [each.accessKeyId, each]));
    const partitionKeys = new Map(
      app.tables.map(({ name, createTable }) => {
        const schema = createTable.KeySchema as { AttributeName: string; KeyType: string }[];
        return [name, schema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName];
      }),
    );
    const partitionKeyOf = (table: string) => partitionKeys.get(table);
    this.scope = { region: app.region, accountId: app.accountId, partitionKeyOf };
  }

  /** Returns the ARN of the function that signed a request. Returns undefined for any other signer. */
  findSigner(authorization: string | undefined): string | undefined {
    const accessKey = /Credential=([^/]+)\//.exec(authorization ?? '')?.[1];
    return accessKey === undefined ? undefined : this.byAccessKey.get(accessKey)?.arn;
  }

  /** Returns a service that checks the permissions of the caller before each call. */
  wrap(name: string, service: Service): Service {
    return {
      call: async (action, input, context) => {
        this.check(name, action, input, context);
        return service.call(action, input, context);
      },
    };
  }

  /** @throws AwsError `AccessDeniedException` if the caller lacks a permission that the call requires. */
  check(service: string, action: string, input: JsonObject, { principal }: CallContext): void {
    if (principal === undefined) return;
    for (const required of requirementsOf(service, action, input, this.scope)) {
      const denial = this.request(principal, required);
      if (denial !== undefined)
        throw new AwsError('AccessDeniedException', denial, service === 'lambda' ? 403 : 400);
    }
  }

  /** Returns why the signer of a request may not use a connection, or undefined if the signer may use it. */
  checkConnection(authorization: string, request: ConnectionRequest): string | undefined {
    return this.checkConnectionOf(this.findSigner(authorization), request);
  }

  /** Returns why a principal may not use a connection, or undefined if the principal may use it. */
  checkConnectionOf(
    principal: string | undefined,
    { apiId, stage, method }: ConnectionRequest,
  ): string | undefined {
    if (principal === undefined) return undefined;
    const { accountId } = this.scope;
    const path = `${apiId}/${stage}/${method}${CONNECTION_PATH}`;
    const resource = formatArn(this.scope, 'execute-api', path);
    const denial = this.request(principal, { action: 'execute-api:ManageConnections', resource });
    // API Gateway masks the account ID and omits the reason: https://github.com/aws/aws-cdk/issues/18410
    return denial
      ?.replace(resource, resource.replace(accountId, `********${accountId.slice(-4)}`))
      .replace(/(\{connectionId\}).*$/s, '$1');
  }

  /**
   * Returns the caller of a route with IAM authorization. Returns undefined if the request is not signed with the credentials
   * of the developer or a function, if the caller lacks permission to invoke the route, or if a page of another origin sent the
   * request.
   *
   * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html
   */
  findCaller({ apiId, stage, route, ...request }: RouteRequest): IamCaller | undefined {
    const resource = formatArn(this.scope, 'execute-api', `${apiId}/${stage}/${route}`);
    return this.authenticate(request, 'execute-api', [{ action: 'execute-api:Invoke', resource }]);
  }

  /**
   * Returns the caller of a function URL with IAM authorization. Returns undefined under the same conditions as `findCaller`.
   * Since October 2025, callers need two permissions.
   *
   * https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
   */
  findUrlCaller({
    functionArn,
    ...request
  }: SignedRequest & { readonly functionArn: string; readonly now: number }): IamCaller | undefined {
    const context = { 'lambda:FunctionUrlAuthType': 'AWS_IAM', 'lambda:InvokedViaFunctionUrl': 'true' };
    const required = { resource: functionArn, context };
    return this.authenticate(request, 'lambda', [
      { action: 'lambda:InvokeFunctionUrl', ...required },
      { action: 'lambda:InvokeFunction', ...required },
    ]);
  }

  private authenticate(
    request: SignedRequest & { readonly now: number },
    service: string,
    required: readonly AccessRequest[],
  ): IamCaller | undefined {
    // The developer's credentials are public, so any page could sign a request and send it through the developer's browser.
    if (findForeignPage(request.headers) !== undefined) return undefined;
    const { region, accountId } = this.scope;
    const secretOf = (key: string) => {
      if (key === DEVELOPER.accessKeyId) return DEVELOPER.secretAccessKey;
      return this.byAccessKey.get(key)?.secretAccessKey;
    };
    const options = { service, region, now: request.now, secretOf };
    const accessKey = verifySignature(request, options);
    if (accessKey === undefined) return undefined;
    const caller = this.byAccessKey.get(accessKey);
    if (caller && findSessionToken(request) !== caller.sessionToken) return undefined;
    const principal = this.principals.get(caller?.arn ?? '');
    if (principal && required.some((each) => this.request(principal.arn, each) !== undefined))
      return undefined;
    const { userId, userArn } = this.describeCaller(caller?.arn);
    const ids = { callerId: userId, userId, userArn };
    return { accessKey, accountId, ...ids, cognitoIdentity: null, principalOrgId: null };
  }

  /** Returns the identity of a function or of the developer. */
  describeCaller(principalArn: string | undefined): Pick<IamCaller, 'accountId' | 'userArn' | 'userId'> {
    const { region, accountId } = this.scope;
    const principal = this.principals.get(principalArn ?? '');
    const key = [...this.byAccessKey.values()].find(({ arn }) => arn === principalArn)?.accessKeyId;
    if (principal && key !== undefined)
      return {
        accountId,
        userId: `AROA${key.slice(4)}:${principal.name}`,
        userArn: this.formatRoleArn(principal),
      };
    const userArn = `arn:${partitionOf(region)}:iam::${accountId}:user/${DEVELOPER.accessKeyId}`;
    return { accountId, userId: 'AIDALOCAL', userArn };
  }

  private formatRoleArn({ roleName, name }: Principal): string {
    const { region, accountId } = this.scope;
    return `arn:${partitionOf(region)}:sts::${accountId}:assumed-role/${roleName}/${name}`;
  }

  /** Returns AWS's error message if the principal does not have the permission, or undefined otherwise. */
  private request(principalArn: string, required: AccessRequest): string | undefined {
    const principal = this.principals.get(principalArn);
    const statements = principal?.role.statements;
    if (!principal || !statements) return undefined;
    const decision = evaluatePolicies(statements, required);
    const denied = decision !== 'allowed';
    const key = `${required.action} ${required.resource} ${denied}`;
    if (!principal.used.has(key)) principal.used.set(key, { ...required, denied });
    if (!denied) return undefined;
    const reason =
      decision === 'explicitDeny'
        ? 'with an explicit deny in an identity-based policy'
        : `because no identity-based policy allows the ${required.action} action`;
    return `User: ${this.formatRoleArn(principal)} is not authorized to perform: ${required.action} on resource: ${required.resource} ${reason}`;
  }

  /** Returns the used and unused permissions of every role. */
  report(): PermissionReport[] {
    return [...this.principals.values()].map(({ logicalId, role, used }) => {
      const requests = [...used.values()];
      const granted = (role.statements ?? [])
        .filter(({ Effect }) => Effect === 'Allow')
        .flatMap((statement) =>
          [statement.Action ?? []]
            .flat()
            .flatMap((action) =>
              [statement.Resource ?? []].flat().map((resource) => ({ statement, action, resource })),
            ),
        );
      return {
        logicalId,
        enforced: role.statements !== undefined,
        used: requests.map(({ action, resource, denied }) => ({ action, resource, denied })),
        unused: granted
          .filter(({ action }) => isEmulated(action))
          .filter(
            ({ statement, action, resource }) =>
              !requests.some((request) =>
                matches({ ...statement, Action: action, Resource: resource }, request),
              ),
          )
          .map(({ action, resource }) => ({ action, resource })),
      };
    });
  }
}

/** The session name with which API Gateway assumes roles. */
const API_GATEWAY_SESSION = 'BackplaneAssumeRoleSession';

/** Returns the roles of API integrations as principals. */
function listCredentials(apis: readonly IntegratedApi[]): Omit<Principal, 'used'>[] {
  return apis
    .flatMap(({ routes }) => routes)
    .flatMap(({ integration }) => ('credentials' in integration ? (integration.credentials ?? []) : []))
    .map(({ name, ...credentials }) => ({ ...credentials, roleName: name, name: API_GATEWAY_SESSION }));
}

const emulated = ['dynamodb', 'events', 'execute-api', 'lambda', 'secretsmanager', 'sqs', 'ssm', 'states'];

/** Returns whether the runtime emulates the service of an action, and can therefore record calls of the action. */
function isEmulated(action: string): boolean {
  return emulated.includes(action.split(':')[0] ?? '');
}
