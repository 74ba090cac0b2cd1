import { type CallContext, type JsonObject, UnsupportedError } from './service';

/** The implementation of an action of an AWS API. */
export type Action = (input: JsonObject, context: CallContext) => JsonObject | Promise<JsonObject>;

/** The actions of a service by API name. */
export type Actions = Readonly<Record<string, Action>>;

/** @throws UnsupportedError with the name of the service, if the service does not have the action */
export function requireAction(serviceName: string, actions: Actions, action: string): Action {
  const found = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (!found) throw new UnsupportedError(`${serviceName}: the action ${action} is not supported.`);
  return found;
}
