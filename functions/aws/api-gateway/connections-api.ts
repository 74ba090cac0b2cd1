import {
  type ApiGatewayManagementApiClient,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';

/** What became of one post. `throttled`: the account's rate is used up, or that client's buffer is full. */
export type Posted = 'delivered' | 'gone' | 'throttled';

/** What API Gateway knows of a connection. */
export interface ConnectionInfo {
  connectedAt: Date;
  lastActiveAt: Date;
  sourceIp: string;
  userAgent: string | null;
}

/** The `@connections` API of one stage. */
export interface Sockets {
  /** Sends one text frame. Rejects for whatever is neither the client's doing nor a rate. */
  post(connectionId: string, frame: string): Promise<Posted>;
  /** Undefined if the connection is gone. */
  info(connectionId: string): Promise<ConnectionInfo | undefined>;
}

export function socketsOf(client: ApiGatewayManagementApiClient): Sockets {
  return {
    async post(connectionId, frame) {
      try {
        await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: frame }));
        return 'delivered';
      } catch (error) {
        // SDK v3 errors have no `statusCode`: an error is told by its class.
        if (error instanceof GoneException) return 'gone';
        if (error instanceof LimitExceededException) return 'throttled';
        throw error;
      }
    },

    async info(connectionId) {
      try {
        const { ConnectedAt, LastActiveAt, Identity } = await client.send(
          new GetConnectionCommand({ ConnectionId: connectionId }),
        );
        return {
          connectedAt: ConnectedAt as Date,
          lastActiveAt: LastActiveAt as Date,
          sourceIp: Identity?.SourceIp as string,
          userAgent: Identity?.UserAgent ?? null,
        };
      } catch (error) {
        if (error instanceof GoneException) return undefined;
        throw error;
      }
    },
  };
}
