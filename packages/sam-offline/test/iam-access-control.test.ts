import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Service } from '../src/core/service';
import { AccessControl } from '../src/iam/access-control';
import { createCredentials } from '../src/iam/credentials';
import type { RoleModel } from '../src/iam/model';
import { load, withFunction } from './fixtures/template/load';
import { arnOf, functionModel } from './support/lambda';

const TABLE = 'arn:aws:dynamodb:eu-central-1:123456789012:table/T';
const table = {
  logicalId: 'T',
  name: 'T',
  arn: TABLE,
  createTable: { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] },
};

function createAccess(role: RoleModel): AccessControl {
  return new AccessControl({
    functions: [functionModel({ role })],
    stateMachines: [],
    rules: [],
    tables: [table],
    region: 'eu-central-1',
    accountId: '123456789012',
  });
}

const readOnly: RoleModel = {
  statements: [{ Effect: 'Allow', Action: ['dynamodb:GetItem', 'dynamodb:Query'], Resource: TABLE }],
  unresolved: [],
};
const principal = arnOf('f');
const service: Service = { call: async () => ({ answered: true }) };

describe('access control', () => {
  it('allows the calls that the role of a function allows', async () => {
    const dynamodb = createAccess(readOnly).wrap('dynamodb', service);
    expect(await dynamodb.call('GetItem', { TableName: 'T' }, { principal })).toEqual({ answered: true });
  });

  // The wording is from the IAM User Guide:
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
  it('rejects other calls with the AccessDeniedException of AWS', async () => {
    const dynamodb = createAccess(readOnly).wrap('dynamodb', service);
    await expect(dynamodb.call('PutItem', { TableName: 'T' }, { principal })).rejects.toMatchObject({
      code: 'AccessDeniedException',
      status: 400,
      message:
        'User: arn:aws:sts::123456789012:assumed-role/FRole/f is not authorized to perform: dynamodb:PutItem ' +
        `on resource: ${TABLE} because no identity-based policy allows the dynamodb:PutItem action`,
    });
  });

  it('reports an explicit deny', async () => {
    const deny = { Effect: 'Deny', Action: 'dynamodb:*', Resource: '*' } as const;
    const access = createAccess({ statements: [...(readOnly.statements ?? []), deny], unresolved: [] });
    const call = access.wrap('dynamodb', service).call('GetItem', { TableName: 'T' }, { principal });
    await expect(call).rejects.toThrow('with an explicit deny in an identity-based policy');
  });

  it('allows all calls of the developer', async () => {
    const dynamodb = createAccess(readOnly).wrap('dynamodb', service);
    expect(await dynamodb.call('DeleteTable', { TableName: 'T' }, {})).toEqual({ answered: true });
  });

  it('allows all calls of a role that it cannot resolve, and reports the role', async () => {
    const access = createAccess({ unresolved: ['Role'] });
    await access.wrap('dynamodb', service).call('PutItem', { TableName: 'T' }, { principal });
    expect(access.report()).toMatchObject([{ logicalId: 'F', enforced: false }]);
  });

  it('enforces the role that a rule assumes to start executions', async () => {
    const machine = 'arn:aws:states:eu-central-1:123456789012:stateMachine:m';
    const arn = 'arn:aws:iam::123456789012:role/app-RuleRole';
    const allowed = { Effect: 'Allow', Action: 'states:StartExecution', Resource: machine } as const;
    const role = { arn, statements: [allowed], unresolved: [] };
    const access = new AccessControl({
      functions: [],
      stateMachines: [],
      rules: [{ logicalId: 'Rule', name: 'rule', targets: [{ role }] }],
      tables: [],
      region: 'eu-central-1',
      accountId: '123456789012',
    });
    const start = (stateMachineArn: string) =>
      access.wrap('states', service).call('StartExecution', { stateMachineArn }, { principal: arn });
    expect(await start(machine)).toEqual({ answered: true });
    await expect(start(`${machine}2`)).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringContaining(
        'User: arn:aws:sts::123456789012:assumed-role/app-RuleRole/rule is not authorized to perform: states:StartExecution',
      ),
    });
    expect(access.report()).toMatchObject([{ logicalId: 'Rule', used: [{}, { denied: true }], unused: [] }]);
  });

  it('reports used and unused permissions', async () => {
    const access = createAccess(readOnly);
    const dynamodb = access.wrap('dynamodb', service);
    await dynamodb.call('GetItem', { TableName: 'T' }, { principal });
    await dynamodb.call('PutItem', { TableName: 'T' }, { principal }).catch(() => undefined);
    expect(access.report()).toEqual([
      {
        logicalId: 'F',
        enforced: true,
        used: [
          { action: 'dynamodb:GetItem', resource: TABLE, denied: false },
          { action: 'dynamodb:PutItem', resource: TABLE, denied: true },
        ],
        unused: [{ action: 'dynamodb:Query', resource: TABLE }],
      },
    ]);
  });

  it.each(['*', '{connectionId}'])(
    'allows calls to the connections of an API with a policy for %s, and reports them once',
    (id) => {
      const api = 'arn:aws:execute-api:eu-central-1:123456789012:api/production/POST';
      const access = createAccess({
        statements: [
          { Effect: 'Allow', Action: 'execute-api:ManageConnections', Resource: `${api}/@connections/${id}` },
        ],
        unresolved: [],
      });
      const authorization = `AWS4-HMAC-SHA256 Credential=${createCredentials(principal).accessKeyId}/20260101/…`;
      const request = { apiId: 'api', stage: 'production', method: 'POST' };
      expect(access.checkConnection(authorization, request)).toBeUndefined();
      expect(access.checkConnection(authorization, request)).toBeUndefined();
      expect(access.report()[0]?.used.map(({ resource }) => resource)).toEqual([
        `${api}/@connections/{connectionId}`,
      ]);
    },
  );

  it('recognizes a function by the access key that signs its requests', async () => {
    const access = createAccess(readOnly);
    const client = new DynamoDBClient({
      region: 'eu-central-1',
      credentials: createCredentials(principal),
    });
    let authorization: string | undefined;
    client.middlewareStack.add(
      () => async (args) => {
        authorization = (args.request as { headers: Record<string, string> }).headers.authorization;
        throw new Error('not sent');
      },
      { step: 'deserialize' },
    );
    await client.send(new GetItemCommand({ TableName: 'T', Key: {} })).catch(() => undefined);
    expect(access.findSigner(authorization)).toBe(principal);
    expect(access.findSigner('AWS4-HMAC-SHA256 Credential=local/20260101/…')).toBeUndefined();
  });
});

describe('roles in templates', () => {
  const loadPolicies = (policies: string) =>
    load(
      withFunction(`  Other:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: nodejs24.x
      ${policies}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: Items
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
  Bucket: { Type: AWS::S3::Bucket }
`),
    );
  const roleOf = (policies: string) => {
    const { functions } = loadPolicies(policies);
    return functions.find(({ logicalId }) => logicalId === 'Other')?.role;
  };
  const tableArn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/Items';

  it('has no statements without policies', () => {
    expect(roleOf('Description: none')).toEqual({ statements: [], unresolved: [] });
  });

  it('contains inline statements with resolved resources', () => {
    const policies =
      'Policies: [{ Statement: [{ Effect: Allow, Action: dynamodb:GetItem, Resource: !GetAtt Table.Arn }] }]';
    expect(roleOf(policies)?.statements).toEqual([
      { Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: tableArn },
    ]);
  });

  it('expands policy templates', () => {
    const [statement] =
      roleOf('Policies: [{ DynamoDBReadPolicy: { TableName: !Ref Table } }]')?.statements ?? [];
    expect(statement).toMatchObject({
      Effect: 'Allow',
      Action: expect.arrayContaining(['dynamodb:GetItem', 'dynamodb:Query']),
      Resource: [tableArn, `${tableArn}/index/*`],
    });
    expect(statement?.Action).not.toContain('dynamodb:PutItem');
  });

  it('ignores policies for services that the runtime does not emulate', () => {
    const role = roleOf('Policies: [{ RekognitionDetectOnlyPolicy: {} }, AmazonS3ReadOnlyAccess]');
    expect(role).toEqual({ statements: [], unresolved: [] });
  });

  it.each([
    [
      'Policies: [{ RekognitionDetectOnlyPolicy: {} }, AmazonPollyFullAccess, S3CrudPolicy]',
      'polly, rekognition',
    ],
    [
      "Policies: [{ Statement: [{ Effect: Allow, Action: ['chime:*', 'logs:PutLogEvents', '*'], Resource: '*' }] }]",
      'chime',
    ],
    [
      "Policies: [{ Statement: [{ Effect: Allow, Action: cognito-idp:ListUsers, Resource: '*' }] }]",
      'cognito-idp',
    ],
    ["Policies: [{ Statement: [{ Effect: Deny, Action: ses:SendEmail, Resource: '*' }] }]", undefined],
    ["Policies: [{ Statement: [{ Effect: Allow, NotAction: ses:SendEmail, Resource: '*' }] }]", undefined],
    ['Policies: [AdministratorAccess, AWSXRayDaemonWriteAccess, CloudWatchFullAccess]', undefined],
  ])('reports the services in %s that the runtime does not emulate: %s', (policies, services) => {
    const { findings } = loadPolicies(policies).support;
    const messages = findings.map(({ kind, line, message }) => `${kind} ${line}: ${message}`);
    expect(messages).toEqual(
      services === undefined
        ? []
        : [
            `unsupported 11: Other may call ${services}, which the runtime does not emulate. These calls fail.`,
          ],
    );
  });

  // https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources-function.html
  it('contains the policies that other resources attach to a generated role', () => {
    const { functions, support } = loadPolicies(`Policies: [AWSLambdaBasicExecutionRole]
  Attached:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: attached
      Roles: [!Ref OtherRole]
      PolicyDocument: { Statement: [{ Effect: Allow, Action: ['chime:GetAttendee', 'dynamodb:Scan'], Resource: '*' }] }`);
    const statements = functions.map(({ logicalId, role }) => [logicalId, role.statements?.length]);
    expect(statements).toContainEqual(['Other', 1]);
    expect(statements.filter(([, count]) => count === 1)).toHaveLength(1);
    expect(support.findings.map(({ message }) => message)).toEqual([
      'Other may call chime, which the runtime does not emulate. These calls fail.',
    ]);
  });

  it('finds managed policies by name and by ARN', () => {
    const arn = 'arn:aws:iam::aws:policy/AmazonDynamoDBFullAccess';
    expect(roleOf(`Policies: [AWSLambdaBasicExecutionRole, "${arn}"]`)?.statements).toEqual([
      { Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' },
    ]);
  });

  it.each([
    ['Role: arn:aws:iam::123456789012:role/existing', ['Role']],
    ['Policies: [arn:aws:iam::123456789012:policy/mine]', ['arn:aws:iam::123456789012:policy/mine']],
  ])('cannot be resolved from %s', (policies, unresolved) => {
    expect(roleOf(policies)).toEqual({ unresolved });
  });
});
