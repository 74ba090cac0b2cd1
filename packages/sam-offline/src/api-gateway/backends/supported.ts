import type { ServiceUri } from './uri';

/** The emulated services that integrations of the type AWS can call. */
const SERVICES = ['dynamodb', 'events', 'execute-api', 'lambda', 'secretsmanager', 'sqs', 'ssm', 'states'];

/** Returns whether integrations can call the service in a URI. */
export function isSupportedService({ service }: ServiceUri): boolean {
  return SERVICES.includes(service);
}
