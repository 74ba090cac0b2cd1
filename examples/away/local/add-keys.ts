/** Stores the keys in the secret of a combined template, and sets the public key, which the page needs. */
export function addKeys(template: string, keys: { publicKey: string; privateKey: string }): string {
  return template
    .replace(
      'Type: AWS::SecretsManager::Secret\n    Properties:\n      Description: Keys that identify this deployment',
      (start) =>
        start.replace('Properties:\n', `Properties:\n      SecretString: '${JSON.stringify(keys)}'\n`),
    )
    .replace('WebPushKey: none', `WebPushKey: ${keys.publicKey}`);
}
