import { createHash } from 'node:crypto';

/** Credentials in AWS's format. Some clients validate the format. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The length of an access key ID after its prefix of four letters. */
const KEY_LENGTH = 16;
const SECRET_LENGTH = 40;

/**
 * Returns the temporary credentials in a function's environment. They do not change between runs. The access key starts with
 * `ASIA`, and is valid only with the session token.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
 */
export function createCredentials(functionArn: string): Credentials {
  const hash = (purpose: string) => createHash('sha512').update(`${purpose} ${functionArn}`).digest();
  const letters = [...hash('key').subarray(0, KEY_LENGTH)].map((byte) => BASE32[byte % BASE32.length]);
  return {
    accessKeyId: `ASIA${letters.join('')}`,
    secretAccessKey: hash('secret').toString('base64').slice(0, SECRET_LENGTH),
    sessionToken: [1, 2, 3, 4].map((part) => hash(`token ${part}`).toString('base64')).join(''),
  };
}
