import type { OpenMetric, RecordValue } from '../core/metrics';
import type { DeliveryReport } from './delivery-segment';
import { parseBusName } from './entries';
import type { RuleModel } from './model';

/**
 * Records the metrics of a rule. Rules of the default event bus do not have the dimension EventBusName.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export class RuleMetrics {
  private readonly countInvocation: RecordValue;
  private readonly countFailure: RecordValue;
  private readonly countLoss: RecordValue;

  constructor(openMetric: OpenMetric, { name: RuleName, eventBusName }: RuleModel) {
    const bus = parseBusName(eventBusName);
    const dimensions: Record<string, string> =
      bus === 'default' ? { RuleName } : { EventBusName: bus, RuleName };
    const open = (name: string) => openMetric({ namespace: 'AWS/Events', name, unit: 'Count', dimensions });
    this.countInvocation = open('Invocations');
    this.countFailure = open('FailedInvocations');
    this.countLoss = open('InvocationsFailedToBeSentToDlq');
  }

  /** Records a completed delivery. Retries are not counted. AWS publishes failure metrics only if there are failures. */
  recordDelivery({ error, isLost }: Pick<DeliveryReport, 'error' | 'isLost'>): void {
    this.countInvocation();
    if (error !== undefined) this.countFailure();
    if (isLost) this.countLoss();
  }
}
