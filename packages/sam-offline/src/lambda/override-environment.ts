import type { FunctionModel } from './model';

/** Environment variable values that override the values in the template. */
export interface EnvironmentOverrides {
  /** Values for all functions. */
  readonly all: Readonly<Record<string, string>>;
  /** Values for individual functions, by logical ID or function name. They take precedence. */
  readonly functions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * Returns a function with overridden environment variables. As in the SAM CLI, only variables that the template declares are
 * overridden, because the function would not have any other variables on AWS.
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
