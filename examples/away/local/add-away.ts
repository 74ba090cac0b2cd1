/**
 * Adds the parameters, conditions and resources of the example's template to the template of Roomcast. EventBus and HttpApi are
 * resources there. Sets the public key, which the page needs, and stores both keys in the secret.
 */
export function addAway(
  roomcast: string,
  away: string,
  keys: { publicKey: string; privateKey: string },
): string {
  const resources = sectionOf(away, 'Resources')
    .replaceAll('CodeUri: .', 'CodeUri: examples/away')
    .replace(
      'Type: AWS::SecretsManager::Secret\n    Properties:\n',
      (start) => `${start}      SecretString: '${JSON.stringify(keys)}'\n`,
    );
  const parameters = sectionOf(away, 'Parameters');
  return [
    ['Parameters', parameters.slice(parameters.indexOf('  VapidSubject:'))],
    ['Conditions', sectionOf(away, 'Conditions')],
    ['Resources', resources],
  ]
    .reduce((text, [name, body]) => text.replace(`\n${name}:\n`, (start) => `${start}${body}\n`), roomcast)
    .replace('WebPushKey: none', `WebPushKey: ${keys.publicKey}`);
}

/** Returns the lines of a top-level section of a template. */
function sectionOf(template: string, name: string): string {
  const [, section = ''] = template.split(`\n${name}:\n`);
  return section.split(/\n(?=\w)/)[0] as string;
}
