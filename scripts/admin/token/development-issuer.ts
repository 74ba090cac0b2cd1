import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';

/** The audience of development tokens. samconfig.toml sets `JwtAudience` to it for `npm start`. */
export const DEVELOPMENT_AUDIENCE = 'roomcast-development';

const ALGORITHM = 'ES256';

/** The key pair of the development issuer. */
export interface DevelopmentKeys {
  privateKey: JWK;
  /** The JSON Web Key Set (RFC 7517) with the public key. */
  keySet: { keys: JWK[] };
}

/** Creates a key pair. */
export async function createDevelopmentKeys(): Promise<DevelopmentKeys> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const about = { kid: 'development', alg: ALGORITHM, use: 'sig' };
  return {
    privateKey: { ...(await exportJWK(privateKey)), ...about },
    keySet: { keys: [{ ...(await exportJWK(publicKey)), ...about }] },
  };
}

/**
 * Reads the key pair from a folder, or creates it in the folder. The local runtime serves only the subfolder `public`, which
 * contains the key set.
 */
export async function loadDevelopmentKeys(folder: string): Promise<DevelopmentKeys> {
  const file = join(folder, 'keys.json');
  const stored = await readFile(file, 'utf8').catch(() => undefined);
  const keys: DevelopmentKeys = stored === undefined ? await createDevelopmentKeys() : JSON.parse(stored);
  const published = join(folder, 'public', '.well-known');
  await mkdir(published, { recursive: true });
  if (stored === undefined) {
    await writeFile(`${file}.new`, JSON.stringify(keys), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
  await writeFile(join(published, 'jwks.json'), JSON.stringify(keys.keySet));
  return keys;
}

/** Signs a token that is valid for `seconds`. */
export async function signDevelopmentToken(
  { privateKey }: DevelopmentKeys,
  issuer: string,
  seconds: number,
  claims: JWTPayload,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const payload = { iss: issuer, aud: DEVELOPMENT_AUDIENCE, iat: now, exp: now + seconds, ...claims };
  return new SignJWT(payload)
    .setProtectedHeader({ alg: ALGORITHM, kid: privateKey.kid as string, typ: 'JWT' })
    .sign(await importJWK(privateKey, ALGORITHM));
}
