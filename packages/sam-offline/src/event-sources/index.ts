import type { EventSourceMappingModel } from '../core/model';
import type { RuntimeClock } from '../core/runtime-clock';
import type { CallContext, Invoke, JsonObject } from '../core/service';
import type { PollerOptions } from './poller';
import { QueuePoller } from './queue-poller';
import { StreamPoller } from './stream-poller';

export interface EventSourcesOptions extends Pick<PollerOptions, 'watchStream'> {
  readonly mappings: readonly EventSourceMappingModel[];
  readonly region: string;
  /** Calls an action of a service. The context names the function, whose role must allow the call. */
  readonly call: (
    service: string,
    action: string,
    input: JsonObject,
    context: CallContext,
  ) => Promise<JsonObject>;
  readonly invoke: Invoke;
  readonly clock: Pick<RuntimeClock, 'now' | 'setTimer'>;
  readonly log: (message: string) => void;
}

/** The event source mappings of Lambda. */
export interface EventSources {
  /** Starts to read the sources. Functions must have been built. */
  start(): void;
  /** Stops reading. Resolves when the running invocations have ended. Close the sources, too, to end pending reads. */
  close(): Promise<void>;
}

/** Creates the event source mappings of an application. */
export function createEventSources(options: EventSourcesOptions): EventSources {
  const wakeUps = new Set<() => void>();
  let isClosed = false;
  let running: Promise<unknown> = Promise.resolve();

  function sleep(millis: number, register?: (wakeUp: () => void) => void): Promise<void> {
    if (isClosed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = Number.isFinite(millis) ? options.clock.setTimer(wakeUp, millis) : undefined;
      function wakeUp(): void {
        timer?.cancel();
        wakeUps.delete(wakeUp);
        resolve();
      }
      wakeUps.add(wakeUp);
      register?.(wakeUp);
    });
  }

  function createPoller(mapping: EventSourceMappingModel): QueuePoller | StreamPoller {
    const pollerOptions: PollerOptions = {
      region: options.region,
      call: (service, action, input) =>
        options.call(service, action, input, { principal: mapping.functionArn }),
      invoke: options.invoke,
      watchStream: options.watchStream,
      now: options.clock.now,
      sleep,
      isClosed: () => isClosed,
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
      isClosed = true;
      for (const wakeUp of wakeUps) wakeUp();
      await running;
    },
  };
}
