import { createCredentials } from '../src/iam/credentials';
import { createEnvironmentVariables } from '../src/lambda/environment-variables';
import { arnOf, functionModel } from './support/lambda';

describe('credentials of functions', () => {
  const credentials = createCredentials(arnOf('f'));

  it('have the format of AWS credentials', () => {
    // docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html: ASIA is a temporary access key
    expect(credentials.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    // docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html
    expect(credentials.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(credentials.sessionToken).toMatch(/^[A-Za-z0-9+/=]{300,}$/);
  });

  it('are the same on every run, and differ between functions', () => {
    expect(createCredentials(arnOf('f'))).toEqual(credentials);
    const other = createCredentials(arnOf('g'));
    for (const name of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const)
      expect(other[name]).not.toBe(credentials[name]);
  });

  it('are environment variables of the function', () => {
    const options = { region: 'us-east-1', taskRoot: '/var/task', extra: {} };
    expect(createEnvironmentVariables(functionModel({ name: 'f' }), options)).toMatchObject({
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
    });
  });
});
