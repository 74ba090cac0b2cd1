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
export type { App } from './app-model/app';
export { type LoadOptions, loadTemplate, TemplateError } from './app-model/load-template';
export type { Command, OverviewSection } from './core/overview';
export { AwsError, UnsupportedError, UsageError } from './core/service';
export { PRICES } from './cost/prices';
export type { Fault, Faults } from './faults/faults';
export type { LogEntry } from './lambda';
export type { FunctionModel } from './lambda/model';
export {
  type ConnectOptions,
  type PublishedEvent,
  type QueueMessage,
  type SamApp,
  type SamOptions,
  startSam,
  type TestTable,
  type WaitOptions,
  type WebSocketClient,
} from './start-sam';
export { formatConfigJson } from './website';
export type { WebsiteModel } from './website/model';
