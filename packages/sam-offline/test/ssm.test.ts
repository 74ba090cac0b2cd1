import { requirementsOf } from '../src/iam/requirements';
import { createSsm } from '../src/ssm';
import { load } from './fixtures/template/load';

const { ssmParameters } = load(`Resources:
  Key: { Type: AWS::SSM::Parameter, Properties: { Name: /app/db/key, Type: String, Value: secret } }
  List: { Type: AWS::SSM::Parameter, Properties: { Name: /app/list, Type: StringList, Value: 'a,b' } }
  Other: { Type: AWS::SSM::Parameter, Properties: { Name: other, Type: String, Value: x } }
`);

const open = () => {
  const ssm = createSsm({ parameters: ssmParameters, region: 'eu-west-1', accountId: '123456789012' });
  return (action: string, input: Record<string, unknown>) => ssm.call(action, input, {});
};
const namesOf = ({ Parameters }: Record<string, unknown>) =>
  (Parameters as { Name: string }[]).map(({ Name }) => Name);

// docs.aws.amazon.com/systems-manager/latest/APIReference
describe('Parameter Store', () => {
  it.each(['/app/db/key', '/app/db/key:1', 'arn:aws:ssm:eu-west-1:123456789012:parameter/app/db/key'])(
    'finds a parameter by %s',
    async (Name) => {
      expect(await open()('GetParameter', { Name })).toEqual({
        Parameter: {
          Name: '/app/db/key',
          Type: 'String',
          Value: 'secret',
          Version: 1,
          LastModifiedDate: expect.any(Number),
          ARN: 'arn:aws:ssm:eu-west-1:123456789012:parameter/app/db/key',
          DataType: 'text',
        },
      });
    },
  );

  it.each(['nothing', '/app/db/key:2'])('rejects the unknown parameter %s', async (Name) => {
    await expect(open()('GetParameter', { Name })).rejects.toMatchObject({ code: 'ParameterNotFound' });
  });

  it('returns several parameters, and the names of unknown parameters', async () => {
    const output = await open()('GetParameters', { Names: ['other', 'nothing', '/app/list'] });
    expect(namesOf(output)).toEqual(['other', '/app/list']);
    expect(output.InvalidParameters).toEqual(['nothing']);
  });

  it('lists the parameters under a path in pages', async () => {
    const call = open();
    expect(namesOf(await call('GetParametersByPath', { Path: '/app' }))).toEqual(['/app/list']);
    const first = await call('GetParametersByPath', { Path: '/app/', Recursive: true, MaxResults: 1 });
    expect(namesOf(first)).toEqual(['/app/db/key']);
    const { NextToken } = first;
    const second = await call('GetParametersByPath', {
      Path: '/app',
      Recursive: true,
      MaxResults: 1,
      NextToken,
    });
    expect(namesOf(second)).toEqual(['/app/list']);
    expect(second.NextToken).toBeUndefined();
  });

  it('creates, overwrites and deletes parameters', async () => {
    const call = open();
    expect(await call('PutParameter', { Name: 'n', Value: 'a', Type: 'String' })).toMatchObject({
      Version: 1,
    });
    const repeated = call('PutParameter', { Name: 'n', Value: 'b' });
    await expect(repeated).rejects.toMatchObject({ code: 'ParameterAlreadyExists' });
    expect(await call('PutParameter', { Name: 'n', Value: 'b', Overwrite: true })).toMatchObject({
      Version: 2,
    });
    expect(await call('GetParameter', { Name: 'n' })).toMatchObject({
      Parameter: { Value: 'b', Version: 2 },
    });
    await call('DeleteParameter', { Name: 'n' });
    await expect(call('DeleteParameter', { Name: 'n' })).rejects.toMatchObject({ code: 'ParameterNotFound' });
  });

  it('rejects an unsupported action with an error that contains its name', async () => {
    await expect(open()('SendCommand', {})).rejects.toThrow('the action SendCommand is not supported');
  });

  it('requires the permission for each parameter', () => {
    const scope = { partition: 'aws', region: 'eu-west-1', accountId: '1' };
    const resourcesOf = (input: Record<string, unknown>) =>
      requirementsOf('ssm', 'GetParameters', input, scope).map(({ resource }) => resource);
    expect(resourcesOf({ Names: ['/app/key', 'other:3'] })).toEqual([
      'arn:aws:ssm:eu-west-1:1:parameter/app/key',
      'arn:aws:ssm:eu-west-1:1:parameter/other',
    ]);
    expect(resourcesOf({ Path: '/app' })).toEqual(['arn:aws:ssm:eu-west-1:1:parameter/app']);
  });
});
