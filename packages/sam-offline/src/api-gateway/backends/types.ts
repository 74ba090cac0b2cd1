import type { CallContext, Invoke, JsonObject } from '../../core/service';
import type { BackendRequest, BackendResponse } from '../mapping/run';
import type { MappedIntegration } from '../model';

/** The parts of the runtime that integrations use. */
export interface IntegrationPorts {
  readonly invoke: Invoke;
  /** Calls an action of an emulated service. */
  callService(service: string, action: string, input: JsonObject, context: CallContext): Promise<JsonObject>;
  /** Sends a request to the `@connections` of an API. `principal` is the ARN of the caller's role. */
  callConnections(
    request: { apiId: string; method: string; path: string; body: string },
    principal: string | undefined,
  ): Promise<{ status: number; body?: string }>;
}

/** Sends the request of an integration. Rejects with an AwsError if the service returns an error. */
export type Backend = (
  request: BackendRequest,
  integration: Pick<MappedIntegration, 'timeoutMillis' | 'credentials' | 'functionArn'>,
  ports: IntegrationPorts,
) => Promise<BackendResponse>;
