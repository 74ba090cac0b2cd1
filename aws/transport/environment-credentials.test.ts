import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { defaultProvider } from './environment-credentials';

const environment = { ...process.env };
afterEach(() => {
  process.env = environment;
});

describe('environment credentials', () => {
  it('returns the same values as the SDK', async () => {
    process.env = {
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'a secret',
      AWS_SESSION_TOKEN: 'a token',
      AWS_REGION: 'us-east-1',
    };
    expect(await new DynamoDBClient({}).config.credentials()).toMatchObject(await defaultProvider()());
  });

  it('reads the environment variables only once', async () => {
    process.env = {
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'a secret',
      AWS_SESSION_TOKEN: 'a token',
    };
    const provide = defaultProvider();
    const credentials = await provide();
    expect(credentials).toMatchObject({
      accessKeyId: 'AKIAEXAMPLE',
      secretAccessKey: 'a secret',
      sessionToken: 'a token',
    });
    process.env = {};
    expect(await provide()).toBe(credentials);
  });
});
