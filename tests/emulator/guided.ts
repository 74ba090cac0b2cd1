import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resourcesOf, root } from '../../testbed/template';
import type { CommandResult } from './operator';

/** Matches a prompt with its default in brackets, for example `Parameter RetentionDays [30]: ` or `Save arguments [Y/n]: `. */
const PROMPT = /([^\n]*)\[[^\]\n]*\]: ?$/;
/** The maximum number of parameters that a guided deployment may ask for. */
const MAX_PARAMETERS = 12;

/** The prompts of a guided deployment. `stdout` contains the output. */
export interface GuidedDeployment extends CommandResult {
  readonly prompts: readonly string[];
}

/** Runs `sam deploy --guided` and answers each prompt with the Enter key. */
export async function deployWithEnterKey(options: readonly string[]): Promise<GuidedDeployment> {
  const child = spawn('sam', ['deploy', '--guided', '--no-progressbar', ...options], { stdio: 'pipe' });
  const prompts: string[] = [];
  let stdout = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      stdout += String(data);
      const prompt = PROMPT.exec(stdout)?.[1];
      if (prompt === undefined) return;
      prompts.push(prompt);
      child.stdin.write('\n');
      stdout += '\n';
    });
  }
  const [code] = await once(child, 'close');
  return { code: code ?? -1, stdout, stderr: '', prompts };
}

/**
 * Checks the prompts of a guided deployment and the file with the saved answers.
 *
 * @throws Error if there are too many prompts, or if the saved values are not the defaults in the template
 */
export async function checkSavedDefaults({ prompts }: GuidedDeployment, config: string): Promise<void> {
  const asked = prompts.flatMap((prompt) => /Parameter (\w+)/.exec(prompt)?.[1] ?? []);
  const parameters = resourcesOf(join(root, 'template.yaml'), 'Parameters') as unknown as Record<
    string,
    { Default: string | number }
  >;
  if (asked.join() !== Object.keys(parameters).join())
    throw new Error(`sam deploy --guided asked for the parameters ${asked.join(', ')}.`);
  if (asked.length > MAX_PARAMETERS)
    throw new Error(
      `sam deploy --guided asks for ${asked.length} parameters, but may ask for ${MAX_PARAMETERS}.`,
    );
  const saved = await readFile(config, 'utf8');
  for (const [name, { Default }] of Object.entries(parameters)) {
    if (!saved.includes(`${name}=\\"${Default}\\"`))
      throw new Error(`sam deploy --guided did not save the default of ${name}:\n${saved}`);
  }
}
