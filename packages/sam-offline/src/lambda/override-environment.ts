import type { FunctionModel } from './model';

/** Values of environment variables that replace the template's values. */
export interface EnvironmentOverrides {
  /** Values for all functions. */
  readonly all: Readonly<Record<string, string>>;
  /** Values by logical ID or name of the function. They take precedence. */
  readonly functions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Returns a function with other values of its environment variables. As in the SAM CLI, only variables that the template
 * declares are replaced: on AWS, the function would not have the others.
 *
 * https://github.com/aws/aws-sam-cli/blob/develop/samcli/local/lambdafn/env_vars.py
 */
export function overrideEnvironment(
  fn: FunctionModel,
  { all, functions }: EnvironmentOverrides,
): FunctionModel {
  const values = { ...all, ...functions[fn.name], ...functions[fn.logicalId] };
  const declared = Object.entries(fn.environment).map(([name, value]) => [name, values[name] ?? value]);
  return { ...fn, environment: Object.fromEntries(declared) };
}
