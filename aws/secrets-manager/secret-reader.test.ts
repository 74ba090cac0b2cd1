import type { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretReader } from './secret-reader';

describe('createSecretReader', () => {
  const readWith = async (output: { SecretString?: string }) => {
    const inputs: unknown[] = [];
    const send = async ({ input }: GetSecretValueCommand) => {
      inputs.push(input);
      return output;
    };
    const client = { send } as unknown as SecretsManagerClient;
    return { value: await createSecretReader(client, 'broadcast-key')(), inputs };
  };

  it('returns the value of the secret', async () => {
    expect(await readWith({ SecretString: 'k' })).toEqual({
      value: 'k',
      inputs: [{ SecretId: 'broadcast-key' }],
    });
  });

  it.each([{}, { SecretString: '' }])('rejects a secret without a string: %j', async (output) => {
    await expect(readWith(output)).rejects.toThrow('The secret is empty. Store a key in it.');
  });
});
