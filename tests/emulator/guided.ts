import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';

/** A question ends with its default in brackets: `Parameter MessageRate [10]: `, `Confirm changes before deploy [Y/n]: `. */
const QUESTION = /([^\n]*)\[[^\]\n]*\]: ?$/;

/**
 * Runs `sam deploy --guided` and answers as an operator does who reads the documents: what is not asked for here, with
 * Enter.
 *
 * @param parameters values that differ from the defaults, by name
 * @param log file for what was said
 * @throws Error with what was said, if the deployment fails
 */
export async function deployGuided(
  stack: string,
  parameters: Record<string, string>,
  log: string,
): Promise<void> {
  const answers: [question: string, answer: string][] = [
    ['Stack Name', stack],
    ['BroadcastFunction has no authentication. Is this okay?', 'y'],
    ['Save arguments to configuration file', 'n'],
    ['Deploy this changeset?', 'y'],
    ...Object.entries(parameters).map(([name, value]): [string, string] => [`Parameter ${name} `, value]),
  ];
  const child = spawn('sam', ['deploy', '--guided', '--no-progressbar'], { stdio: 'pipe' });
  let said = '';
  const left = new Map(answers);
  const answer = (question: string) => {
    const known = answers.find(([words]) => question.includes(words));
    if (known) left.delete(known[0]);
    const line = `${known?.[1] ?? ''}\n`;
    child.stdin.write(line);
    said += line;
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += String(data);
      const question = QUESTION.exec(said)?.[1];
      if (question !== undefined) answer(question);
    });
  }
  const [code] = await once(child, 'exit');
  await writeFile(log, said);
  if (code !== 0) throw new Error(`sam deploy --guided ended with ${code}:\n${said}`);
  if (left.size > 0) throw new Error(`sam deploy --guided did not ask: ${[...left.keys()].join(', ')}`);
}
