import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { isObject, UsageError } from '../core/service';
import type { EnvironmentOverrides } from '../lambda/override-environment';

/**
 * Reads environment variables of functions. The file `.env` next to the template applies to all functions. The file of
 * `--env-vars` takes precedence. It has the format of the SAM CLI: `{ "Parameters": { "NAME": "VALUE" }, "FUNCTION": { "NAME":
 * "VALUE" } }`.
 *
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-invoke.html
 *
 * @throws UsageError if the file of `--env-vars` is not valid
 */
export function readEnvironmentFiles(template: string, envVars: string | undefined): EnvironmentOverrides {
  const dotenv = join(dirname(template), '.env');
  const all = existsSync(dotenv) ? parseEnv(readFileSync(dotenv, 'utf8')) : {};
  const { Parameters, ...functions } = envVars === undefined ? {} : readEnvVars(envVars);
  return { all: { ...(all as Record<string, string>), ...Parameters }, functions };
}

function readEnvVars(file: string): Record<string, Record<string, string>> {
  const sections = parseJson(file);
  if (!isObject(sections)) throw new UsageError(`--env-vars ${file}: the file must contain a JSON object.`);
  return Object.fromEntries(
    Object.entries(sections).map(([name, variables]) => {
      if (!isObject(variables)) {
        throw new UsageError(`--env-vars ${file}: ${name} must be an object of variables and values.`);
      }
      return [
        name,
        Object.fromEntries(Object.entries(variables).map(([key, value]) => [key, String(value)])),
      ];
    }),
  );
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--env-vars ${file} cannot be read: ${(error as Error).message}`);
  }
}
