import {
  type ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';

/**
 * The result of one post. `throttled` means that the account's request rate is exceeded or that the client's buffer
 * is full.
 */
export type PostResult = 'delivered' | 'gone' | 'throttled';

/** The details that API Gateway stores about an open connection. */
export interface ConnectionInfo {
  connectedAt: Date;
  lastActiveAt: Date;
  sourceIp: string;
  userAgent: string | null;
}

/** The `@connections` API of one stage. */
export interface ConnectionsApi {
  /**
   * Sends one text frame.
   *
   * @throws the SDK's error, except for a closed connection and for throttling.
   */
  post(connectionId: string, frame: string): Promise<PostResult>;
  /** Closes the connection. Has no effect if it is closed already. */
  close(connectionId: string): Promise<void>;
  /** Returns the connection's details, or undefined if the connection is closed. */
  getConnection(connectionId: string): Promise<ConnectionInfo | undefined>;
}

export function createConnectionsApi(client: ApiGatewayManagementApiClient): ConnectionsApi {
  return {
    async post(connectionId, frame) {
      try {
        await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: frame }));
        return 'delivered';
      } catch (error) {
        // Errors of SDK v3 have no `statusCode`, so compare classes.
        if (error instanceof GoneException) return 'gone';
        if (error instanceof LimitExceededException) return 'throttled';
        throw error;
      }
    },

    async close(connectionId) {
      await client
        .send(new DeleteConnectionCommand({ ConnectionId: connectionId }))
        .catch((error: unknown) => {
          if (!(error instanceof GoneException)) throw error;
        });
    },

    async getConnection(connectionId) {
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
