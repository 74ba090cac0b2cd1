import type { Service } from '../core/service';
import type { DynamoDbService } from '../dynamodb';
import { createEvents, type EventsService } from '../events';
import { AccessControl } from '../iam/access-control';
import { ExecutionHistory } from '../records/execution-history';
import { openSecrets, type SecretsService } from '../secrets';
import { createSqs, type SqsService } from '../sqs';
import { createSsm } from '../ssm';
import { createExecutionSegment, createStates, type StatesService } from '../states';
import { createApiRequests } from './api-requests';
import type { AppServicesOptions } from './options';
import { createClock, createPreciseClock } from './service-clocks';
import { deliverEvent, findService, type Services, sendDeadLetter } from './targets';

/** The AWS services of an application, with access control and fault injection. */
export interface AwsServices {
  /** The services for callers. Each call is authorized and can fail through fault injection. */
  readonly services: Services;
  readonly access: AccessControl;
  readonly executions: ExecutionHistory;
  readonly tables: DynamoDbService;
  readonly sqs: SqsService;
  readonly secrets: SecretsService;
  readonly states: StatesService;
  readonly events: EventsService;
}

/** Creates the AWS services of an application. The services call each other. */
export function createAwsServices(options: AppServicesOptions, tables: DynamoDbService): AwsServices {
  const { app, lambda, faults } = options;
  const { region, accountId } = app;
  // `provide` adds the services below, before the first call. The services call each other through this object, so that access
  // control and fault injection apply.
  const services = {} as { -readonly [Name in keyof Services]: Services[Name] };
  const access = new AccessControl(app);
  const sqs = createSqs({
    queues: app.queues,
    region,
    accountId,
    endpoint: () => `http://127.0.0.1:${options.port()}`,
    clock: createClock(options, 'sqs'),
    setTimer: options.clock.setTimer,
    openMetric: options.records.openMetric,
  });
  const secrets = openSecrets({ secrets: app.secrets, directory: options.dataDirectory });
  const executions = new ExecutionHistory(() => states.running());
  const states = createStateMachines(options, services, access, executions);
  const events = createEventBuses(options, services, access);
  const provide = (name: keyof Services, service: Service) => {
    services[name] = faults.wrap(name, access.wrap(name, service));
  };
  provide('dynamodb', tables);
  provide('dynamodbstreams', tables.streams);
  provide('lambda', lambda);
  provide('secretsmanager', secrets);
  provide('ssm', createSsm({ parameters: app.ssmParameters, region, accountId }));
  provide('sqs', sqs);
  provide('states', states);
  provide('events', events);
  return { services, access, executions, tables, sqs, secrets, states, events };
}

function createStateMachines(
  { app, records, clock, clocks, port }: AppServicesOptions,
  services: Services,
  access: AccessControl,
  executions: ExecutionHistory,
): StatesService {
  const apiRequests = access.wrap('execute-api', createApiRequests(port));
  return createStates({
    stateMachines: app.stateMachines,
    invoke: (service, action, input, context) => {
      const called = service === 'execute-api' ? apiRequests : findService(services, service);
      return called.call(action, input, context);
    },
    onExecution: (record) => {
      executions.add(record);
      records.usage.addExecution(record);
      const segment = createExecutionSegment(record);
      if (segment) records.traces.add(segment);
    },
    now: createPreciseClock(clocks, 'states'),
    sleep: clock.sleep,
    openMetric: records.openMetric,
  });
}

function createEventBuses(
  options: AppServicesOptions,
  services: Services,
  access: AccessControl,
): EventsService {
  const { app, faults, occurrences, records, onNotice } = options;
  return createEvents({
    buses: app.eventBuses,
    rules: app.rules,
    region: app.region,
    accountId: app.accountId,
    deliver: (arn, input, context) => deliverEvent(services, arn, input, context),
    authorizeForward: (arn, context) =>
      access.check('events', 'PutEvents', { Entries: [{ EventBusName: arn }] }, context),
    deadLetter: (arn, body, attributes, context) => sendDeadLetter(services, arn, body, attributes, context),
    log: (message) => onNotice?.({ message }),
    clock: createClock(options, 'events'),
    sleep: options.clock.sleep,
    onEvent: (event, busName, context) => {
      records.events.add(event, busName, context);
      records.usage.addEvent(event);
      options.onEvent?.(event, busName);
    },
    onDelivery: (event, busName, delivery) => records.events.addDelivery(event, busName, delivery),
    isDuplicate: () => {
      const isDuplicate = faults.isDuplicateDelivery();
      if (isDuplicate) occurrences.count('events.DuplicateDelivery');
      return isDuplicate;
    },
    segments: records.traces.add,
    openMetric: records.openMetric,
  });
}
