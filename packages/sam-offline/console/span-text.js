/** @import { Page, Span } from './types' */

/**
 * @param {Span} span
 * @param {Page} page
 */
export function titleOf({ aws = {}, name, namespace, origin }, page) {
  if (namespace === 'aws' && aws.operation) return String(aws.operation);
  if (origin === 'AWS::Events') return `Events · ${page.names.of(aws.rule_arn)}`;
  return page.names.of(name);
}

/**
 * @param {Span} span
 * @param {Page} page
 */
export function subtitleOf({ origin, namespace, name, aws = {} }, page) {
  if (origin) return origin.replace('AWS::', '').replaceAll('::', ' ');
  if (namespace !== 'aws') return '';
  const resources = [aws.table_name, aws.table_names, aws.function_name, aws.queue_url]
    .flat()
    .filter(Boolean);
  return [name, ...resources.map((resource) => page.names.of(resource))].join(' · ');
}

/** @param {Span} span */
export function secondsOf({ start_time, end_time = start_time }) {
  return end_time - start_time;
}
