/**
 * Adds the resources of the bot's template to the template of Roomcast. References in them then refer to the resources
 * that the bot's parameters are named after.
 */
export function addBot(roomcast: string, bot: string): string {
  const resources = bot.slice(bot.indexOf('\nResources:\n') + '\nResources:\n'.length);
  const inFolder = resources.replace('CodeUri: .', 'CodeUri: examples/bot');
  return roomcast.replace('\nOutputs:\n', () => `\n${inFolder}\nOutputs:\n`);
}
