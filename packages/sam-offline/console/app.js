/** The runtime, as the page sees it: its data, and word of what has changed. */

export async function get(path) {
  const response = await fetch(`/_local/${path}`);
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/**
 * What kind of thing a span or a node of the map is of: `lambda`, `dynamodb`, `events`, `states`, `sqs`, `gateway` or
 * `code`; colours and names go by it.
 */
export function kindOf({ origin = '', namespace, name = '', kind = '', metadata }) {
  if (metadata?.states) return 'states';
  const text = `${origin} ${kind} ${namespace === 'aws' ? name : ''}`.toLowerCase();
  if (text.includes('lambda')) return 'lambda';
  if (text.includes('dynamodb')) return 'dynamodb';
  if (text.includes('event')) return 'events';
  if (text.includes('stepfunctions')) return 'states';
  if (text.includes('sqs')) return 'sqs';
  if (text.includes('apigateway')) return 'gateway';
  return 'code';
}

/** SDK clients whose names people do not know. */
const SERVICES = { ApiGatewayManagementApi: '@connections' };

/** Knows the template's logical ids, which people know, by the physical names that services tell. */
export class Names {
  constructor(app) {
    this.app = app;
    this.byName = new Map();
    const all = [app.functions, app.tables, app.eventBuses, app.rules, app.queues, app.stateMachines].flat();
    for (const { name, arn, logicalId } of all) {
      this.byName.set(name, logicalId);
      this.byName.set(arn, logicalId);
    }
  }

  of(name) {
    const text = String(name ?? '');
    const handler = /^## (.*)$/.exec(text);
    if (handler) return `handler of ${this.of(handler[1])}`;
    return SERVICES[text] ?? this.byName.get(text) ?? this.byName.get(text.replace(/^.*[:/]/, '')) ?? text;
  }
}

/** Calls `changed(versions)` whenever something has, and `state(isOpen)` when the connection comes and goes. */
export function follow(changed, state) {
  const source = new EventSource('/_local/stream');
  source.onopen = () => state(true);
  source.onerror = () => state(false);
  source.onmessage = ({ data }) => changed(JSON.parse(data));
}

/** Runs `work` now and, if it was asked for meanwhile, once more afterwards: never twice at once, never more often than every `pause` ms. */
export function calmly(work, pause = 0) {
  let running = false;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      await work();
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    } catch (error) {
      console.warn(error);
    } finally {
      running = false;
      if (again) {
        again = false;
        run();
      }
    }
  };
}
