import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** Creates a function that reads the current value of a secret. `secretId` is a name or an ARN. */
export function createSecretReader(client: SecretsManagerClient, secretId: string): () => Promise<string> {
  return async () => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
    // With an empty secret, requests with an empty key would be accepted.
    if (!SecretString) throw new Error('The secret is empty. Store a key in it.');
    return SecretString;
  };
}
