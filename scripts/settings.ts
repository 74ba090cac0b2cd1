import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';

/** Values of the template's mappings `Limits` and `Settings`, by name. */
export type Settings = Readonly<Record<string, string | number>>;

const root = join(__dirname, '..');

/**
 * Returns a template with other values in its mappings `Limits`, in all columns, and `Settings`.
 *
 * @throws Error if neither mapping has a setting of that name
 */
export function changeSettings(template: string, settings: Settings): string {
  const document = parseDocument(template, { version: '1.1', schema: 'failsafe', logLevel: 'silent' });
  const [limits, groups] = ['Limits', 'Settings'].map(
    (name) => document.getIn(['Mappings', name]) as YAMLMap,
  );
  for (const [name, value] of Object.entries(settings)) {
    const columns = limits?.get(name);
    const group = groups?.items.map((pair) => pair.value).find((map) => isMap(map) && map.has(name));
    const scalars = isMap(columns)
      ? columns.items.map((pair) => pair.value)
      : [isMap(group) && group.get(name, true)];
    for (const scalar of scalars) {
      if (!isScalar(scalar)) throw new Error(`The template has no setting ${name}.`);
      scalar.value = String(value);
    }
  }
  return document.toString({ lineWidth: 0 });
}

/**
 * Calls `use` with the file of a copy of template.yaml that has other settings, and removes the copy. The copy is in the same folder,
 * to which its paths are relative.
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

/** Like `withSettings`, for a function that needs no promise. */
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
