/**
 * Adds the resources in the bot's template to the Roomcast template. The bot's parameters are named after Roomcast resources,
 * so in the combined template each reference to a parameter resolves to the resource of that name.
 */
export function addBot(roomcast: string, bot: string): string {
  const resources = bot.slice(bot.indexOf('\nResources:\n') + '\nResources:\n'.length);
  const inFolder = resources.replace('CodeUri: .', 'CodeUri: examples/bot');
  return roomcast.replace('\nOutputs:\n', () => `\n${inFolder}\nOutputs:\n`);
}
