import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { parseParameterOverrides } from '../app-model/load-template';
import { isObject, UsageError } from '../core/service';
import { suggest } from '../text/nearest';
import type { ServedFolders } from '../website/served-folders';
import { parseServedFolders } from './served-folders';

/** The values of a SAM CLI configuration that the runtime uses. */
export interface SamConfig {
  /** Values of template parameters. The SAM CLI ignores undeclared parameters. */
  readonly parameters: Record<string, string>;
  /** The logical IDs of functions to initialize at startup. Undeclared functions are ignored. */
  readonly warm: readonly string[];
  /** Absolute paths of folders by URL path. In the configuration file, paths are relative to that file. */
  readonly served: ServedFolders;
  /** The file that contains environment variables of functions, relative to the current directory. */
  readonly envVars?: string;
  /** The region of the deployment. The SAM CLI prefers the environment variable AWS_REGION. */
  readonly region?: string;
}

/** The section of this command. The SAM CLI ignores sections of unknown commands. */
const OWN_SECTION = 'sam_offline';

/** The sections that this command reads, in increasing order of precedence. */
const SECTIONS = ['global', 'deploy', 'local_start_api', OWN_SECTION];

const OWN_OPTIONS = ['parameter_overrides', 'env_vars', 'region', 'warm', 'serve'];

/**
 * Reads the options in a SAM CLI configuration: samconfig.toml next to the template, or the given file. `parameter_overrides`,
 * `env_vars` and `region` are also options of the SAM CLI. `warm` and `serve` are options of this command only.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
 *
 * @throws UsageError if the given file does not exist, or if the file is not valid
 */
export function readSamConfig(
  template: string,
  { file, environment }: { readonly file?: string; readonly environment: string },
): SamConfig {
  const path = file ?? join(dirname(template), 'samconfig.toml');
  if (file === undefined && !existsSync(path)) return { parameters: {}, warm: [], served: {} };
  const sections = readSections(path, environment);
  const own = sections.at(-1) ?? {};
  checkOptions(own, path);
  const overrides = sections.flatMap(({ parameter_overrides: value }) => readOverrides(value, path));
  const envVars = findText(sections, 'env_vars');
  const region = findText(sections, 'region');
  return {
    parameters: Object.fromEntries(overrides),
    warm: readTexts(own, 'warm', path),
    served: parseServedFolders('serve', readTexts(own, 'serve', path), resolve(dirname(path))),
    ...(envVars !== undefined && { envVars }),
    ...(region !== undefined && { region }),
  };
}

/** Returns the text of an option from the last section that sets it. */
function findText(sections: readonly Record<string, unknown>[], name: string): string | undefined {
  return sections
    .map((section) => section[name])
    .filter((value) => typeof value === 'string')
    .at(-1);
}

/** Returns the options of each section. */
function readSections(path: string, environment: string): Record<string, unknown>[] {
  const config = readToml(path)[environment];
  return SECTIONS.map((name) => {
    const command = isObject(config) ? config[name] : undefined;
    return isObject(command) && isObject(command.parameters) ? command.parameters : {};
  });
}

function readToml(path: string): Record<string, unknown> {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

/** Rejects unknown options in this command's section, because they are mistakes. */
function checkOptions(own: Record<string, unknown>, path: string): void {
  const unknown = Object.keys(own).find((name) => !OWN_OPTIONS.includes(name));
  if (unknown === undefined) return;
  const supported = `${OWN_OPTIONS.slice(0, -1).join(', ')} or ${OWN_OPTIONS.at(-1)}`;
  throw new UsageError(
    `${path}: ${OWN_SECTION} has no option ${unknown}.${suggest(unknown, OWN_OPTIONS)} Use ${supported}.`,
  );
}

/** Reads an option that is a string or a list of strings. */
function readTexts(section: Record<string, unknown>, name: string, path: string): string[] {
  const texts = [section[name] ?? []].flat();
  if (texts.every((text) => typeof text === 'string')) return texts;
  throw new UsageError(`${path}: ${name} must be a string or a list of strings.`);
}

/** Reads `"Key=Value Key=Value"`, or a list of such strings. */
function readOverrides(value: unknown, path: string): [string, string][] {
  if (value === undefined) return [];
  const texts = [value].flat();
  if (texts.every((text) => typeof text === 'string')) return Object.entries(parseParameterOverrides(texts));
  throw new UsageError(
    `${path}: parameter_overrides must be a string such as "Key=Value", or a list of such strings.`,
  );
}
