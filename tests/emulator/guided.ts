import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resourcesOf, root } from '../../testbed/template';

/** A prompt ends with its default in brackets: `Parameter RetentionDays [30]: `, `Confirm changes before deploy [Y/n]: `. */
const PROMPT = /([^\n]*)\[[^\]\n]*\]: ?$/;
/** The most questions about parameters that a deployer has to answer. */
const MAX_PARAMETERS = 12;

/**
 * Runs `sam deploy --guided` and answers its prompts as the documentation says. Accepts the default of all other prompts.
 *
 * @param template the built template
 * @param parameters parameter values that differ from the defaults, by name
 * @param log the file that receives the output
 * @throws Error with the output if the deployment fails
 */
export async function deployGuided(
  stack: string,
  template: string,
  parameters: Record<string, string>,
  log: string,
): Promise<void> {
  const answers = {
    'Stack Name': stack,
    'Save arguments to configuration file': 'n',
    'Deploy this changeset?': 'y',
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`Parameter ${name} `, value])),
  };
  // Without the option, the SAM CLI looks for the configuration file next to the template.
  const options = ['--template-file', template, '--config-file', join(root, 'samconfig.toml')];
  const prompts = await answerPrompts(options, answers, log);
  const missing = Object.keys(answers).filter((text) => !prompts.some((prompt) => prompt.includes(text)));
  if (missing.length > 0) throw new Error(`sam deploy --guided did not prompt for: ${missing.join(', ')}`);
}

/**
 * Answers each prompt of `sam deploy --guided` with the Enter key, which saves the arguments to a configuration file and does not
 * deploy the changeset.
 *
 * @param folder receives the configuration file and the output
 * @throws Error if there are too many questions, or if the saved values are not the defaults of the template
 */
export async function checkGuidedDefaults(stack: string, folder: string): Promise<void> {
  const config = join(folder, 'samconfig.toml');
  await copyFile(join(root, 'samconfig.toml'), config);
  const options = ['--stack-name', stack, '--config-file', config];
  const prompts = await answerPrompts(options, {}, join(folder, 'guided-defaults.log'));
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

/**
 * Runs `sam deploy --guided`, and returns its prompts.
 *
 * @param answers by a part of the prompt. The answer to all other prompts is the Enter key.
 * @throws Error with the output if the command fails
 */
async function answerPrompts(
  options: string[],
  answers: Record<string, string>,
  log: string,
): Promise<string[]> {
  const child = spawn('sam', ['deploy', '--guided', '--no-progressbar', ...options], { stdio: 'pipe' });
  const prompts: string[] = [];
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += String(data);
      const prompt = PROMPT.exec(output)?.[1];
      if (prompt === undefined) return;
      prompts.push(prompt);
      const [, answer = ''] = Object.entries(answers).find(([text]) => prompt.includes(text)) ?? [];
      child.stdin.write(`${answer}\n`);
      output += `${answer}\n`;
    });
  }
  const [code] = await once(child, 'exit');
  await writeFile(log, output);
  if (code !== 0) throw new Error(`sam deploy --guided exited with ${code}:\n${output}`);
  return prompts;
}
