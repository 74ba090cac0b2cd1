import type { IntegrationPorts } from '../api-gateway/backends/types';
import type { Invoke } from '../core/service';
import type { Closure } from './connection';
import { type ConnectionFacts, createDisconnectEvent, type ProxyEvent } from './events';
import type { FrameRecorder, RecordedFrame } from './frame-recorder';
import { runIntegration } from './integration';
import type { RouteModel } from './model';
import type { Outcome } from './outcome';
import type { Stage } from './routes';

interface RouteRunnerOptions {
  readonly ports: IntegrationPorts;
  readonly frames: FrameRecorder;
  readonly integrationMillis: number;
  readonly log?: (line: object) => void;
}

/** Runs the integrations of routes, and records their metrics, invocations and failures. */
export class RouteRunner {
  private isStopped = false;

  constructor(private readonly options: RouteRunnerOptions) {}

  /** Returns a function that invokes a Lambda function and records the invocation in a frame. */
  recordInvocation(frame: RecordedFrame): Invoke {
    const { ports, frames } = this.options;
    return (functionArn, event) =>
      ports.invoke(functionArn, event, (invocation) => frames.update(frame, { invocation }));
  }

  async run(stage: Stage, route: RouteModel, event: ProxyEvent, frame: RecordedFrame): Promise<Outcome> {
    const { ports, integrationMillis } = this.options;
    if (event.requestContext.eventType === 'CONNECT') stage.metrics.recordConnect();
    const tracedPorts = { ...ports, invoke: this.recordInvocation(frame) };
    const startedAt = performance.now();
    const outcome = await runIntegration(tracedPorts, route, event, integrationMillis);
    stage.metrics.recordOutcome(outcome, performance.now() - startedAt);
    if (outcome.reason !== undefined && !this.isStopped) this.logFailure(route, event, outcome.reason);
    return outcome;
  }

  /** Runs `$disconnect` if the stage has this route. */
  async runDisconnect(
    stage: Stage,
    facts: ConnectionFacts,
    { code, reason }: Closure,
    frame: RecordedFrame,
  ): Promise<void> {
    const { frames } = this.options;
    if (!stage.disconnect || this.isStopped) return;
    frames.update(frame, { routeKey: '$disconnect' });
    const event = createDisconnectEvent(facts, code, reason);
    const outcome = await this.run(stage, stage.disconnect, event, frame);
    frames.update(frame, outcome.ok ? { state: 'ok' } : { state: 'failed', reason: outcome.reason });
  }

  /** Stops running `$disconnect` and logging failures. */
  stop(): void {
    this.isStopped = true;
  }

  private logFailure({ integration }: RouteModel, event: ProxyEvent, reason: string): void {
    const { routeKey, requestId, connectionId } = event.requestContext;
    this.options.log?.({
      failed: 'integration',
      reason,
      ...(integration.functionArn !== undefined && { functionArn: integration.functionArn }),
      routeKey,
      connectionId,
      requestId,
    });
  }
}
