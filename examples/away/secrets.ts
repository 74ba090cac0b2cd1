import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** How long a secret is cached, so that an environment notices a new value. */
const CACHE_MS = 5 * 60_000;

const client = new SecretsManagerClient();
const cache = new Map<string, { value: string; readAt: number }>();

/** Returns the value of a secret. */
export async function readSecret(SecretId: string): Promise<string> {
  const cached = cache.get(SecretId);
  if (cached && Date.now() < cached.readAt + CACHE_MS) return cached.value;
  const { SecretString: value } = await client.send(new GetSecretValueCommand({ SecretId }));
  if (value === undefined) throw new Error(`The secret ${SecretId} has no text.`);
  cache.set(SecretId, { value, readAt: Date.now() });
  return value;
}
