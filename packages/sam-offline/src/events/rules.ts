import { discardMetrics, type OpenMetric } from '../core/metrics';
import { AwsError, type JsonObject } from '../core/service';
import { type CompiledPattern, compilePattern } from '../event-patterns/pattern';
import { parseBusName } from './entries';
import type { RuleModel, TargetModel } from './model';
import { RuleMetrics } from './rule-metrics';
import { type CreateInput, compileTargetInput } from './target-input';

export type CompiledTarget = TargetModel & { readonly createInput: CreateInput };

/** A rule with a compiled pattern and compiled target inputs. */
export interface CompiledRule extends RuleModel {
  readonly targets: readonly CompiledTarget[];
  readonly matches: CompiledPattern;
  readonly metrics: RuleMetrics;
}

/** @throws AwsError InvalidEventPatternException with the name of the rule */
export function compileRule(rule: RuleModel, openMetric: OpenMetric = discardMetrics): CompiledRule {
  try {
    const targets = rule.targets.map((target) => ({
      ...target,
      createInput: compileTargetInput(target.input),
    }));
    const matches = rule.pattern ? compilePattern(rule.pattern) : () => false;
    return { ...rule, targets, matches, metrics: new RuleMetrics(openMetric, rule) };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw new AwsError(error.code, `rule ${rule.logicalId}: ${error.message}`);
  }
}

/** Returns a rule in the format of ListRules. */
export function describeRule(rule: RuleModel): JsonObject {
  return {
    Name: rule.name,
    Arn: rule.arn,
    EventBusName: parseBusName(rule.eventBusName),
    ...(rule.pattern && { EventPattern: JSON.stringify(rule.pattern) }),
    ...(rule.schedule === undefined ? {} : { ScheduleExpression: rule.schedule }),
    State: rule.enabled ? 'ENABLED' : 'DISABLED',
  };
}
