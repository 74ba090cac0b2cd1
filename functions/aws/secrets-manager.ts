import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** Reads the current broadcast key from its secret, given by name or ARN. */
export function broadcastKeyIn(client: SecretsManagerClient, secret: string): () => Promise<string> {
  return async () => {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secret }));
    // An empty key would be one that everybody knows.
    if (!SecretString) throw new Error('the secret of the broadcast key has no text');
    return SecretString;
  };
}
