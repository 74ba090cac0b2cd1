import type { Invoke } from '../core/service';
import { createEventSources } from '../event-sources';
import { createSchedules } from '../scheduler';
import type { AwsServices } from './aws-services';
import type { AppServicesOptions } from './options';
import { deliverScheduled, findService, sendDeadLetter } from './targets';

/** The queues, streams and schedules that invoke functions and other targets. */
export interface Triggers {
  start(): void;
  close(): Promise<unknown>;
}

export function createTriggers(
  { app, clock, onNotice }: AppServicesOptions,
  { services, tables, events }: AwsServices,
  invoke: Invoke,
): Triggers {
  const { region, accountId } = app;
  const log = (message: string) => onNotice?.({ message });
  const eventSources = createEventSources({
    mappings: app.eventSourceMappings,
    region,
    call: (service, action, input, context) => findService(services, service).call(action, input, context),
    invoke,
    watchStream: tables.streams.watch.bind(tables.streams),
    clock,
    log,
  });
  const schedules = createSchedules({
    schedules: app.schedules,
    rules: app.rules,
    region,
    accountId,
    clock,
    startRule: events.startRule,
    deliver: (schedule, payload, context) => deliverScheduled(services, schedule, payload, context),
    deadLetter: (arn, body, attributes, context) => sendDeadLetter(services, arn, body, attributes, context),
    log,
  });
  return {
    start() {
      eventSources.start();
      schedules.start();
    },
    close: () => Promise.all([eventSources.close(), schedules.close()]),
  };
}
