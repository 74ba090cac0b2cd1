/** Returns the command that protects the chat table of a new stack from deletion, or an empty text if the table is protected. */
export function adviseProtection(stack: string, parameters: Readonly<Record<string, string>> = {}): string {
  if (parameters.ProtectData !== 'false') return '';
  return [
    '',
    'The chat table has no deletion protection. When users depend on its messages, turn it on:',
    '',
    `  sam build && sam deploy --stack-name ${stack} --parameter-overrides ProtectData=true`,
    '',
  ].join('\n');
}
