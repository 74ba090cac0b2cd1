/** @import { AppView } from './types' */

/** SDK client names with a better known alias. */
const ALIASES = new Map([['ApiGatewayManagementApi', '@connections']]);

/** Maps physical resource names and ARNs to the template's logical IDs. */
export class LogicalNames {
  /** @type {Map<string, string>} */
  #logicalIds = new Map();

  /** @param {AppView} app */
  constructor({ functions, tables, eventBuses, rules, queues, stateMachines }) {
    for (const { name, arn, logicalId } of [
      functions,
      tables,
      eventBuses,
      rules,
      queues,
      stateMachines,
    ].flat()) {
      this.#logicalIds.set(name, logicalId);
      this.#logicalIds.set(arn, logicalId);
    }
  }

  /**
   * Returns the logical ID of a name, ARN, or URL. Returns unknown names unchanged.
   *
   * @param {unknown} name
   * @returns {string}
   */
  of(name) {
    const text = String(name ?? '');
    const handler = /^## (.*)$/.exec(text);
    if (handler) return `handler of ${this.of(handler[1])}`;
    const lastPart = text.replace(/^.*[:/]/, '');
    return ALIASES.get(text) ?? this.#logicalIds.get(text) ?? this.#logicalIds.get(lastPart) ?? text;
  }
}
