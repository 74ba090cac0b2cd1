import { linesToCopy } from '../src/cli/ready-message';
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

describe('the lines to copy', () => {
  const app = load(TEMPLATE);
  const linesWith = (value: string | undefined) => {
    const asked: string[] = [];
    const text = linesToCopy({
      app,
      port: 3000,
      hasPage: value === 'k3y',
      secret: (id) => {
        asked.push(id);
        return value;
      },
    });
    return { text, asked };
  };

  it("have the outputs that are commands, with this runtime's addresses and the secrets themselves", () => {
    const { text, asked } = linesWith('k3y');
    expect(text).toContain(
      'Post a message:\n    curl -H "Authorization: Bearer k3y" http://127.0.0.1:3000/m\n',
    );
    expect(text).toContain('Open the page:\n    http://localhost:3000/\n');
    expect(asked).toEqual([app.secrets[0]?.arn]);
    expect(text).not.toContain('amazonaws.com');
  });

  it.each([undefined, '', 'a b', '"; rm -rf ~; "', '$(id)', '`id`'])(
    'leave out a command whose secret %j a shell would not take as it is',
    (value) => {
      expect(linesWith(value).text).not.toContain('curl');
    },
  );
});
