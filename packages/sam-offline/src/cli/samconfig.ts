import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'smol-toml';
import { parseParameterOverrides } from '../app-model/load-template';
import { isObject, UsageError } from '../core/service';

/** The values of a SAM CLI configuration that the runtime uses. */
export interface SamConfig {
  /** Values of template parameters. The SAM CLI ignores those that the template does not declare. */
  readonly parameters: Record<string, string>;
  /** The file with environment variables of functions, relative to the current directory. */
  readonly envVars?: string;
  /** The region of the deployment. The SAM CLI prefers the environment variable AWS_REGION. */
  readonly region?: string;
}

/** The SAM CLI commands whose options apply, in increasing order of precedence. */
const SECTIONS = ['global', 'deploy', 'local_start_api'];

/**
 * Reads `parameter_overrides`, `env_vars` and `region` of a SAM CLI configuration: samconfig.toml next to the template, or
 * the given file.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
 *
 * @throws UsageError if the given file does not exist, or if a file is not valid
 */
export function readSamConfig(
  template: string,
  { file, environment }: { readonly file?: string; readonly environment: string },
): SamConfig {
  const path = file ?? join(dirname(template), 'samconfig.toml');
  if (file === undefined && !existsSync(path)) return { parameters: {} };
  const sections = readSections(path, environment);
  const overrides = sections.flatMap(({ parameter_overrides: value }) => readOverrides(value, path));
  const envVars = findText(sections, 'env_vars');
  const region = findText(sections, 'region');
  return {
    parameters: Object.fromEntries(overrides),
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

/** Returns the options of the commands that apply. */
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

/** Reads `"Key=Value Key=Value"`, or a list of such strings. */
function readOverrides(value: unknown, path: string): [string, string][] {
  if (value === undefined) return [];
  const texts = [value].flat();
  if (texts.every((text) => typeof text === 'string')) return Object.entries(parseParameterOverrides(texts));
  throw new UsageError(
    `${path}: parameter_overrides must be a string such as "Key=Value", or a list of such strings.`,
  );
}
