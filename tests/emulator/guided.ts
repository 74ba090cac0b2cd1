import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';

/** A prompt ends with its default in brackets: `Parameter MessageRate [10]: `, `Confirm changes before deploy [Y/n]: `. */
const PROMPT = /([^\n]*)\[[^\]\n]*\]: ?$/;

/**
 * Runs `sam deploy --guided` and answers its prompts as the documentation says. Accepts the default of all other prompts.
 *
 * @param parameters parameter values that differ from the defaults, by name
 * @param log the file that receives the output
 * @throws Error with the output if the deployment fails
 */
export async function deployGuided(
  stack: string,
  parameters: Record<string, string>,
  log: string,
): Promise<void> {
  const answers: [prompt: string, answer: string][] = [
    ['Stack Name', stack],
    ['Save arguments to configuration file', 'n'],
    ['Deploy this changeset?', 'y'],
    ...Object.entries(parameters).map(([name, value]): [string, string] => [`Parameter ${name} `, value]),
  ];
  const child = spawn('sam', ['deploy', '--guided', '--no-progressbar'], { stdio: 'pipe' });
  let output = '';
  const unanswered = new Map(answers);
  const answer = (prompt: string) => {
    const known = answers.find(([text]) => prompt.includes(text));
    if (known) unanswered.delete(known[0]);
    const line = `${known?.[1] ?? ''}\n`;
    child.stdin.write(line);
    output += line;
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += String(data);
      const prompt = PROMPT.exec(output)?.[1];
      if (prompt !== undefined) answer(prompt);
    });
  }
  const [code] = await once(child, 'exit');
  await writeFile(log, output);
  if (code !== 0) throw new Error(`sam deploy --guided exited with ${code}:\n${output}`);
  if (unanswered.size > 0)
    throw new Error(`sam deploy --guided did not prompt for: ${[...unanswered.keys()].join(', ')}`);
}
