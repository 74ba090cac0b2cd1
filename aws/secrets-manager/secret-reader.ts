import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** Creates a function that reads the current value of a secret, given by name or ARN. */
export function createSecretReader(client: SecretsManagerClient, secretId: string): () => Promise<string> {
  return async () => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    // An empty secret would accept an empty key.
    if (!SecretString) throw new Error('The secret is empty. Store a key in it.');
    return SecretString;
  };
}
