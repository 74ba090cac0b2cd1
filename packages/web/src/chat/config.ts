/** The contents of `config.json`, which the deployment generates from the stack's outputs. */
export interface Config {
  webSocketUrl: string;
}

/**
 * Loads `config.json` from the page's folder.
 *
 * @throws Error with a message for the user
 */
export async function loadConfig(): Promise<Config> {
  const response = await fetch('config.json').catch(() => undefined);
  const config: unknown = response?.ok ? await response.json().catch(() => undefined) : undefined;
  if (!isConfig(config)) throw new Error('Could not reach the server. Reload the page to try again.');
  return config;
}

function isConfig(value: unknown): value is Config {
  return typeof (value as Config | undefined)?.webSocketUrl === 'string';
}
