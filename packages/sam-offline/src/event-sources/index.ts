import type { CallContext, Invoke, JsonObject } from '../core/service';
import type { RuntimeClock } from '../time/runtime-clock';
import type { EventSourceMappingModel } from './model';
import type { PollerOptions } from './poller';
import { QueuePoller } from './queue-poller';
import { StreamPoller } from './stream-poller';

export interface EventSourcesOptions extends Pick<PollerOptions, 'watchStream'> {
  readonly mappings: readonly EventSourceMappingModel[];
  readonly region: string;
  /** Calls an action of a service. The context contains the function's ARN. The function's role must allow the call. */
  readonly call: (
    service: string,
    action: string,
    input: JsonObject,
    context: CallContext,
  ) => Promise<JsonObject>;
  readonly invoke: Invoke;
  readonly clock: Pick<RuntimeClock, 'now' | 'sleep'>;
  readonly log: (message: string) => void;
}

/** The event source mappings of Lambda. */
export interface EventSources {
  /** Starts reading the sources. The functions must already be built. */
  start(): void;
  /** Stops reading. Resolves when running invocations have ended. To end pending reads, also close the sources. */
  close(): Promise<void>;
}

/** Creates the event source mappings of an application. */
export function createEventSources(options: EventSourcesOptions): EventSources {
  const closing = new AbortController();
  let running: Promise<unknown> = Promise.resolve();

  function createPoller(mapping: EventSourceMappingModel): QueuePoller | StreamPoller {
    const pollerOptions: PollerOptions = {
      region: options.region,
      call: (service, action, input) =>
        options.call(service, action, input, { principal: mapping.functionArn }),
      invoke: options.invoke,
      watchStream: options.watchStream,
      now: options.clock.now,
      sleep: options.clock.sleep,
      closing: closing.signal,
      log: options.log,
    };
    return mapping.stream
      ? new StreamPoller(mapping, pollerOptions)
      : new QueuePoller(mapping, pollerOptions);
  }

  return {
    start() {
      const enabled = options.mappings.filter((mapping) => mapping.enabled);
      running = Promise.all(enabled.map((mapping) => createPoller(mapping).run()));
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}
