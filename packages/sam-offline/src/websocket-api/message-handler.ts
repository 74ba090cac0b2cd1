import type { AccountRates } from '../api-gateway/account-rates';
import type { Connection } from './connection';
import { createMessageEvent } from './events';
import type { FrameRecorder, RecordedFrame } from './frame-recorder';
import { createId } from './ids';
import { describeThrottle, listRoutes } from './rejections';
import type { RouteRunner } from './route-runner';
import type { Selection, Stage } from './routes';
import { isValidMessage } from './validation';

interface MessageHandlerOptions {
  readonly frames: FrameRecorder;
  readonly rates: AccountRates;
  readonly runner: RouteRunner;
}

/** A message from a client, with the recorded frame. */
interface Message {
  readonly stage: Stage;
  readonly connection: Connection;
  readonly body: string;
  readonly frame: RecordedFrame;
}

/** Handles messages from clients: selects the route, validates the message, runs the integration and sends the response. */
export class MessageHandler {
  constructor(private readonly options: MessageHandlerOptions) {}

  async handle(stage: Stage, connection: Connection, body: string): Promise<void> {
    const { frames } = this.options;
    const { connectionId } = connection.facts;
    const selection = stage.selectRoute(body);
    const frame = frames.add(connectionId, 'in', body, {
      routeKey: selection.route?.routeKey,
      mismatch: selection.mismatch,
      state: 'running',
    });
    stage.metrics.recordMessage();
    await this.runRoute({ stage, connection, body, frame }, selection);
  }

  private async runRoute(message: Message, { route, mismatch }: Selection): Promise<void> {
    const { frames, rates, runner } = this.options;
    const { stage, connection, body, frame } = message;
    const isAllowed = (!route || stage.takeRequest(route)) && rates.takeRequest();
    if (!route || !isAllowed) {
      stage.metrics.recordClientError();
      return isAllowed
        ? this.sendError(message, 'Forbidden', createId(), `${mismatch} ${listRoutes(stage)}`)
        : this.sendError(message, 'Too Many Requests', createId(), describeThrottle(route));
    }
    const event = createMessageEvent(connection.facts, route.routeKey, body);
    const { requestId } = event.requestContext;
    if (route.validation && !(await isValidMessage(route.validation, body))) {
      stage.metrics.recordClientError();
      const reason = `The message is not valid for the model that ${route.validation.selection} selects.`;
      return this.sendError(message, 'Invalid request body', requestId, reason);
    }
    const outcome = await runner.run(stage, route, event, frame);
    if (!outcome.ok) return this.sendError(message, outcome.message, requestId, outcome.reason);
    frames.update(frame, { state: 'ok', requestId });
    if (route.hasResponse && outcome.result.body !== undefined && connection.isOpen)
      connection.send(outcome.result.body, { answers: frame.number });
  }

  private sendError(
    { connection, frame }: Message,
    message: string,
    requestId: string,
    reason: string,
  ): void {
    this.options.frames.update(frame, { state: 'failed', requestId, reason });
    const { connectionId } = connection.facts;
    if (connection.isOpen)
      connection.send(JSON.stringify({ message, connectionId, requestId }), { answers: frame.number });
  }
}
