import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Service } from '../src/core/service';
import { openSecrets } from '../src/secrets';
import { load, problemsOf } from './fixtures/template/load';
import { failure, startServer } from './support/server';

const template = (properties: string) => `
Resources:
  Key:
    Type: AWS::SecretsManager::Secret
    Properties: ${properties}
`;
const PLAIN = '{ GenerateSecretString: { PasswordLength: 40, ExcludePunctuation: true } }';
const secretsOf = (properties: string) => load(template(properties)).secrets;
const secretValue = async (secrets: Service, SecretId: string) =>
  (await secrets.call('GetSecretValue', { SecretId }, {})).SecretString;

describe('a secret in a template', () => {
  const valueFor = (properties: string) => {
    const secrets = secretsOf(properties);
    return secretValue(openSecrets({ secrets }), secrets[0]?.name ?? '');
  };

  it.each([
    [PLAIN, /^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[A-Za-z0-9]{40}$/],
    ['{ GenerateSecretString: {} }', /^(?=.*[!-/:-@[-`{-~])[!-~]{32}$/],
    ['{ GenerateSecretString: { PasswordLength: 5, IncludeSpace: true } }', /^(?=.* )[ -~]{5}$/],
    [
      '{ GenerateSecretString: { PasswordLength: 64, ExcludeCharacters: abcdef, ExcludeUppercase: true, ExcludeNumbers: true, ExcludePunctuation: true } }',
      /^[g-z]{64}$/,
    ],
    ['{ GenerateSecretString: { PasswordLength: 1, RequireEachIncludedType: false } }', /^[!-~]$/],
    ['{ SecretString: given }', /^given$/],
  ])('generates a matching value for %s', async (properties, pattern) => {
    expect(await valueFor(properties)).toMatch(pattern);
  });

  it('inserts the generated value into SecretStringTemplate', async () => {
    const value = await valueFor(
      `{ GenerateSecretString: { SecretStringTemplate: '{"user":"ada"}', GenerateStringKey: pass, ExcludePunctuation: true } }`,
    );
    expect(JSON.parse(String(value))).toEqual({ user: 'ada', pass: expect.stringMatching(/^\w{32}$/) });
  });

  it('has an ARN that ends in a six-character suffix', () => {
    const [first] = secretsOf(PLAIN);
    expect(first?.arn).toMatch(
      new RegExp(`^arn:aws:secretsmanager:eu-west-1:123456789012:secret:${first?.name}-[a-z0-9]{6}$`),
    );
  });

  it.each([
    ['{ SecretString: a, GenerateSecretString: {} }', 'Set either SecretString or GenerateSecretString'],
    ['{ Colour: red }', 'Colour of AWS::SecretsManager::Secret is not supported'],
    [
      '{ GenerateSecretString: { GenerateStringKey: a } }',
      'Set both SecretStringTemplate and GenerateStringKey, or neither',
    ],
    [
      '{ GenerateSecretString: { GenerateStringKey: a, SecretStringTemplate: "[]" } }',
      'must be a JSON object',
    ],
    [
      '{ GenerateSecretString: { PasswordLength: 3 } }',
      'must be at least 4, because RequireEachIncludedType',
    ],
    [
      '{ GenerateSecretString: { ExcludeUppercase: true, ExcludeLowercase: true, ExcludeNumbers: true, ExcludePunctuation: true } }',
      'All character types are excluded. Allow at least one.',
    ],
  ])('rejects %s', (properties, message) => {
    expect(problemsOf(template(properties))).toEqual([expect.stringContaining(message)]);
  });
});

describe('Secrets Manager with the AWS SDK client', () => {
  const [secret] = secretsOf(PLAIN);
  const SecretId = secret?.name ?? '';
  let server: Awaited<ReturnType<typeof startServer>>;
  let client: SecretsManagerClient;

  beforeEach(async () => {
    server = await startServer({
      services: { secretsmanager: openSecrets({ secrets: secret ? [secret] : [] }) },
    });
    client = new SecretsManagerClient(server.client);
  });
  afterEach(async () => {
    client.destroy();
    await server.stop();
  });

  it('moves AWSCURRENT and AWSPREVIOUS when a value is put', async () => {
    const first = await client.send(new GetSecretValueCommand({ SecretId }));
    expect(first).toMatchObject({ Name: SecretId, ARN: secret?.arn, VersionStages: ['AWSCURRENT'] });
    expect(first.CreatedDate?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    const put = await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'second' }));
    expect(put.VersionStages).toEqual(['AWSCURRENT']);
    const get = (more: object) => client.send(new GetSecretValueCommand({ SecretId, ...more }));
    expect(await get({})).toMatchObject({ SecretString: 'second', VersionId: put.VersionId });
    const previous = { SecretString: first.SecretString, VersionStages: ['AWSPREVIOUS'] };
    expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject(previous);
    expect(await get({ VersionId: first.VersionId })).toMatchObject(previous);

    await client.send(new PutSecretValueCommand({ SecretId, SecretString: 'third' }));
    expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'second' });
    expect(await failure(get({ VersionId: first.VersionId }))).toBeInstanceOf(ResourceNotFoundException);
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
    expect(Object.values(VersionIdsToStages)).toEqual([['AWSPREVIOUS'], ['AWSCURRENT']]);
  });

  it('puts a version once per request token and sets only the given labels', async () => {
    const ClientRequestToken = '7b0f3c1e-54a6-4c52-9d52-6f1f6c0f8a11';
    const put = (SecretString: string) =>
      client.send(
        new PutSecretValueCommand({
          SecretId,
          SecretString,
          ClientRequestToken,
          VersionStages: ['AWSPENDING'],
        }),
      );
    for (let time = 0; time < 2; time += 1) {
      expect(await put('next')).toMatchObject({ VersionId: ClientRequestToken });
    }
    expect(await failure(put('other'))).toBeInstanceOf(ResourceExistsException);
    const current = await client.send(new GetSecretValueCommand({ SecretId }));
    expect(current.SecretString).not.toBe('next');
  });

  it.each([
    ['name', SecretId],
    ['ARN', secret?.arn],
    ['ARN without its suffix', secret?.arn.slice(0, -7)],
  ])('finds a secret by %s', async (_, id) => {
    expect(await client.send(new DescribeSecretCommand({ SecretId: id }))).toMatchObject({ Name: SecretId });
  });

  it('returns ResourceNotFoundException for unknown secrets and labels', async () => {
    const error = await failure(client.send(new GetSecretValueCommand({ SecretId: 'nobody' })));
    expect(error).toBeInstanceOf(ResourceNotFoundException);
    expect(error.message).toBe("Secrets Manager can't find the specified secret.");
    const stage = await failure(
      client.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSPREVIOUS' })),
    );
    expect(stage.message).toContain('for staging label: AWSPREVIOUS');
    const { SecretList } = await client.send(new ListSecretsCommand({}));
    expect(SecretList).toEqual([expect.objectContaining({ Name: SecretId })]);
  });
});

describe('secret storage', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'secrets-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('stores values in the data directory, readable only by the owner', async () => {
    const secrets = secretsOf(PLAIN);
    const SecretId = secrets[0]?.name ?? '';
    const first = openSecrets({ secrets, directory });
    const initial = await secretValue(first, SecretId);
    expect(await secretValue(openSecrets({ secrets, directory }), SecretId)).toBe(initial);
    await first.call('PutSecretValue', { SecretId, SecretString: 'rotated' }, {});
    expect(await secretValue(openSecrets({ secrets, directory }), SecretId)).toBe('rotated');
    expect(statSync(join(directory, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('generates new values at each start without a data directory', async () => {
    const secrets = secretsOf(PLAIN);
    const SecretId = secrets[0]?.name ?? '';
    const [one, other] = [openSecrets({ secrets }), openSecrets({ secrets })];
    expect(await secretValue(one, SecretId)).not.toBe(await secretValue(other, SecretId));
  });

  it('fails if the file cannot be read, instead of generating new values', () => {
    writeFileSync(join(directory, 'secrets.json'), '[');
    expect(() => openSecrets({ secrets: secretsOf(PLAIN), directory })).toThrow('Cannot read the secrets');
    expect(readFileSync(join(directory, 'secrets.json'), 'utf8')).toBe('[');
  });
});
