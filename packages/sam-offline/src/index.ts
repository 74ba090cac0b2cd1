/**
 * Runs AWS SAM applications on one machine.
 *
 * ```ts
 * const runtime = await startRuntime({ template: 'template.yaml', port: 3000 });
 * await runtime.close();
 * ```
 *
 * @packageDocumentation
 */
export { type Runtime, type RuntimeOptions, startRuntime } from './app/runtime';
export type { Fault } from './core/faults';
export type { App, FunctionModel, WebsiteModel } from './core/model';
export { AwsError, UnsupportedError, UsageError } from './core/service';
export { type LoadOptions, loadTemplate, TemplateError } from './template';
export { configJson, contentTypeOf } from './website/website';
