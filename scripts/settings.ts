import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, isMap, isScalar, parseDocument, type Scalar } from 'yaml';

/** Values of the template's mappings `Limits` and `Settings`, by name. */
export type Settings = Readonly<Record<string, string | number>>;

const root = join(__dirname, '..');

/**
 * Returns a copy of a template with different values in the mappings `Limits` and `Settings`. Changes all columns of `Limits`.
 *
 * @throws Error if neither mapping has a setting with this name
 */
export function changeSettings(template: string, settings: Settings): string {
  const document = parseDocument(template, { version: '1.1', schema: 'failsafe', logLevel: 'silent' });
  for (const [name, value] of Object.entries(settings)) {
    const values = findValues(document, name);
    if (values.length === 0) throw new Error(`The template has no setting ${name}.`);
    for (const scalar of values) scalar.value = String(value);
  }
  return document.toString({ lineWidth: 0 });
}

/** Returns the values of a setting from all columns of `Limits`, or its value from `Settings`. */
function findValues(document: Document, name: string): Scalar[] {
  const columns = document.getIn(['Mappings', 'Limits', name]);
  if (isMap(columns)) return columns.items.map(({ value }) => value).filter(isScalar);
  const groups = document.getIn(['Mappings', 'Settings']);
  if (!isMap(groups)) return [];
  return groups.items.map(({ value: group }) => isMap(group) && group.get(name, true)).filter(isScalar);
}

/**
 * Calls `use` with the path of a copy of template.yaml with different settings, and then deletes the copy. The copy is in the
 * same folder, because paths in the template are relative to it.
 */
export async function withSettings<Result>(
  settings: Settings,
  use: (template: string) => Result | Promise<Result>,
): Promise<Result> {
  const copy = writeTemplate(settings);
  try {
    return await use(copy);
  } finally {
    rmSync(copy);
  }
}

/** Like `withSettings`, for synchronous functions. */
export function withSettingsSync<Result>(settings: Settings, use: (template: string) => Result): Result {
  const copy = writeTemplate(settings);
  try {
    return use(copy);
  } finally {
    rmSync(copy);
  }
}

function writeTemplate(settings: Settings): string {
  const file = join(root, `.template-${randomUUID()}.yaml`);
  writeFileSync(file, changeSettings(readFileSync(join(root, 'template.yaml'), 'utf8'), settings));
  return file;
}
