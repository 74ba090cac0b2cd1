/** Where the page finds its server: `config.json` beside it, made of the stack's outputs. */
export interface Config {
  webSocketUrl: string;
}

/** @throws Error, in words for the person who looks at the page */
export async function loadConfig(): Promise<Config> {
  const response = await fetch('config.json').catch(() => undefined);
  const config: unknown = response?.ok ? await response.json().catch(() => undefined) : undefined;
  if (!isConfig(config)) throw new Error('The server could not be reached. Reload the page to try again.');
  return config;
}

function isConfig(value: unknown): value is Config {
  return typeof (value as Config | undefined)?.webSocketUrl === 'string';
}
