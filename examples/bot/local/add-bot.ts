/**
 * Adds the resources of the bot's template to the template of Roomcast. The bot's parameters have the names of
 * resources of Roomcast, so references to them then refer to these resources.
 */
export function addBot(roomcast: string, bot: string): string {
  const resources = bot.slice(bot.indexOf('\nResources:\n') + '\nResources:\n'.length);
  const inFolder = resources.replace('CodeUri: .', 'CodeUri: examples/bot');
  return roomcast.replace('\nOutputs:\n', () => `\n${inFolder}\nOutputs:\n`);
}
