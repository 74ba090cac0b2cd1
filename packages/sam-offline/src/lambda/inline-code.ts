import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * Writes inline code to a file, as Lambda does: `index.js`, or `index.mjs` for an ES module. Returns the folder of the file.
 * The folder name is a hash of the code and handler, so identical code is written only once.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-function-code.html
 */
export function writeInlineCode(code: string, handler: string): string {
  const name = createHash('sha256').update(`${handler}\n${code}`).digest('hex').slice(0, 32);
  const folder = join(tmpdir(), `sam-offline-inline-${userInfo().username}`, name);
  const isModule = /^\s*(?:import|export)\s/m.test(code);
  const file = join(folder, `${handler.split('.')[0] || 'index'}${isModule ? '.mjs' : '.js'}`);
  if (existsSync(file)) return folder;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, code);
  return folder;
}
