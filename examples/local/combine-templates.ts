import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(__dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');

/**
 * Returns the Roomcast template with the parameters, conditions and resources of an example. Some parameters of the example are
 * named after Roomcast resources. They are omitted, so in the combined template each reference to them resolves to the resource
 * of that name.
 *
 * @param example the name of the example's folder
 */
export function combineTemplates(example: string): string {
  const folder = `examples/${example}`;
  const roomcast = read('template.yaml');
  const added = read(`${folder}/template.yaml`);
  const resources = sectionOf(roomcast, 'Resources');
  const parameters = sectionOf(added, 'Parameters').split(/\n(?= {2}\w)/);
  const sections = {
    Parameters: parameters
      .filter((parameter) => !resources.includes(parameter.split('\n')[0] as string))
      .join('\n'),
    Conditions: sectionOf(added, 'Conditions'),
    Resources: sectionOf(added, 'Resources').replaceAll('CodeUri: .', `CodeUri: ${folder}`),
  };
  return Object.entries(sections).reduce(
    (template, [name, body]) => template.replace(`\n${name}:\n`, (start) => `${start}${body}\n`),
    roomcast,
  );
}

/** Returns the lines of a top-level section of a template. */
function sectionOf(template: string, name: string): string {
  const [, section = ''] = template.split(`\n${name}:\n`);
  return section.split(/\n(?=\w)/)[0] as string;
}
