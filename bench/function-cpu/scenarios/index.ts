import { AUDIENCE, type Issuer } from '../../../testbed/issuer';
import { createConnectionScenarios } from './connections';
import { messageScenarios } from './messages';
import { roomScenarios } from './rooms';
import type { Scenario } from './scenario';
import { serviceScenarios } from './services';

/** Returns a scenario for each function and for batches of several sizes. */
export function createScenarios(issuer: Pick<Issuer, 'url' | 'sign'>): Scenario[] {
  return [...createConnectionScenarios(issuer), ...roomScenarios, ...messageScenarios, ...serviceScenarios];
}

/** Returns the template parameters for the scenarios. No invocation exceeds their limits. */
export function createParameters(issuer: Pick<Issuer, 'url'>): Record<string, string> {
  return { Limits: 'loadTest', JwtIssuer: issuer.url, JwtAudience: AUDIENCE };
}

/** The settings that the scenarios need. */
export const SETTINGS = { NoticeThreshold: 200, TypingIndicator: 'on' };
