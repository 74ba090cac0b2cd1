import type { DescribeService } from '../core/overview';
import type { WebSocketApiModel } from './model';
import { getStagePath } from './routes';

/** Describes the stages of WebSocket APIs, with their addresses and routes. */
export const describeWebSocketApis: DescribeService<{
  readonly webSocketApis: readonly WebSocketApiModel[];
}> = ({ webSocketApis }, port) =>
  webSocketApis.map((api) => {
    const address = `ws://localhost:${port}${getStagePath(api, webSocketApis)}`;
    return {
      title: 'WebSocket',
      address,
      items: api.routes.map(({ routeKey }) => routeKey),
      commands: [{ label: 'Connect a WebSocket client', command: `npx wscat -c ${address}` }],
    };
  });
