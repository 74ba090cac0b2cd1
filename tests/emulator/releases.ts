import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, isMap, parseDocument } from 'yaml';
import { root } from '../../testbed/template';

/** The output folder of `sam build`. Templates in this folder refer to the built functions by relative paths. */
const BUILD = join(root, '.aws-sam', 'build');

/** Writes a changed copy of the built template to the same folder and returns its path. */
export async function writeRelease(name: string, change: (template: string) => string): Promise<string> {
  const file = join(BUILD, `template-${name}.yaml`);
  await writeFile(file, change(await readFile(join(BUILD, 'template.yaml'), 'utf8')));
  return file;
}

/**
 * Adds a wait condition that is never signaled. CloudFormation creates it after all other resources, and the creation fails.
 */
export function addFailingResource(template: string): string {
  return editTemplate(template, (document) => {
    const resources = document.get('Resources');
    if (!isMap(resources)) throw new Error('The template has no resources.');
    const DependsOn = resources.items.map(({ key }) => String(key));
    resources.set('NeverSignaled', { Type: 'AWS::CloudFormation::WaitConditionHandle' });
    resources.set('FailingResource', {
      Type: 'AWS::CloudFormation::WaitCondition',
      DependsOn,
      Properties: { Handle: { Ref: 'NeverSignaled' }, Timeout: '1' },
    });
  });
}

/** Writes a release in which the post function crashes on startup. Messages are stored but not delivered. */
export async function writeBrokenRelease(): Promise<string> {
  const [code, broken] = ['PostFunction', 'PostFunction-broken'];
  await cp(join(BUILD, code), join(BUILD, broken), { recursive: true });
  await writeFile(
    join(BUILD, broken, 'functions', 'post.js'),
    'throw new Error("The release is broken.");\n',
  );
  return writeRelease('broken', (template) =>
    editTemplate(template, (document) =>
      document.setIn(['Resources', 'PostFunction', 'Properties', 'CodeUri'], broken),
    ),
  );
}

function editTemplate(template: string, edit: (document: Document) => void): string {
  const document = parseDocument(template, { version: '1.1', schema: 'failsafe', logLevel: 'silent' });
  edit(document);
  return document.toString({ lineWidth: 0 });
}
