import { listCommands } from '../src/app/commands';
import { formatReadyMessage } from '../src/cli/ready-message';
import { load } from './fixtures/template/load';

const TEMPLATE = `
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: { Type: AWS::Serverless::HttpApi }
  Key: { Type: AWS::SecretsManager::Secret, Properties: { GenerateSecretString: { ExcludePunctuation: true } } }
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: nodejs24.x
      Events: { Post: { Type: HttpApi, Properties: { ApiId: !Ref Api, Path: /m, Method: POST } } }
Outputs:
  PostCommand:
    Description: Post a message
    Value: !Sub 'curl -H "Authorization: Bearer $(aws secretsmanager get-secret-value --secret-id \${Key} --query SecretString --output text)" \${Api.ApiEndpoint}/m'
  Address: { Value: !GetAtt Api.ApiEndpoint }
`;

describe('the commands of the ready message', () => {
  const app = load(TEMPLATE);
  const messageWith = (value: string | undefined) => {
    const secretIds: string[] = [];
    const commands = listCommands({
      app,
      port: 3000,
      hasPage: value === 'k3y',
      secretValue: (id) => {
        secretIds.push(id);
        return value;
      },
    });
    return { text: formatReadyMessage(3000, commands, { strict: false, seed: 1 }), secretIds };
  };

  it('names the limits that are off, unless the runtime is strict', () => {
    const limits =
      'the rates of API Gateway (500 new connections and 10000 requests per second), throttled calls';
    expect(formatReadyMessage(3000, [], { strict: false, seed: 1 })).toContain(limits);
    const strict = formatReadyMessage(3000, [], { strict: true, seed: 7 });
    expect(strict).not.toContain(limits);
    expect(strict).toContain('To repeat its random choices: --seed 7');
  });

  it('includes outputs with local addresses and secret values', () => {
    const { text, secretIds } = messageWith('k3y');
    expect(text).toContain(
      'Post a message:\n    curl -H "Authorization: Bearer k3y" http://127.0.0.1:3000/m\n',
    );
    expect(text).toContain('Open the web page:\n    http://localhost:3000/\n');
    expect(secretIds).toEqual([app.secrets[0]?.arn]);
    expect(text).not.toContain('amazonaws.com');
  });

  it.each([undefined, '', 'a b', '"; rm -rf ~; "', '$(id)', '`id`'])(
    'omit a command with the secret %j, which a shell would interpret',
    (value) => {
      expect(messageWith(value).text).not.toContain('curl');
    },
  );
});
