import type { AccountFacts } from './account';

/**
 * The result of one check. `failed` means that the deployment would fail. `warning` means that the deployment works, with the
 * limit described in `text`.
 */
export interface Finding {
  result: 'ok' | 'warning' | 'failed';
  text: string;
}

/** The request rate of API Gateway that the rates in the template assume. The default quota is lower in some Regions. */
const EXPECTED_REQUEST_RATE = 10_000;
/**
 * With fewer execution environments, messages to large rooms are delayed: see docs/scale.md. One message uses up to 12
 * environments, and the requests of clients use the others.
 */
const EXPECTED_CONCURRENCY = 100;
/** Each message is one event. */
const EXPECTED_EVENT_RATE = 1000;
const SMALLEST_CONCURRENCY = 10;

const ok = (text: string): Finding => ({ result: 'ok', text });
const warning = (text: string): Finding => ({ result: 'warning', text });
const failed = (text: string): Finding => ({ result: 'failed', text });

/**
 * Determines whether the stack can be created, and which quotas would limit it. The text of each failure or warning says what
 * to change.
 */
export function judge(facts: AccountFacts, stackName: string): Finding[] {
  const { accountId, region, stackStatus, concurrency, requestRate, putEventsRate, hasDistributions } = facts;
  if (accountId instanceof Error)
    return [failed(`No valid credentials (${accountId.message}). Sign in, or set AWS_PROFILE.`)];
  return [
    ok(`Account ${accountId}, Region ${region}.`),
    stackStatus instanceof Error ? unknown('the stack', stackStatus) : judgeStack(stackName, stackStatus),
    concurrency instanceof Error
      ? unknown('the concurrency of Lambda', concurrency)
      : judgeConcurrency(concurrency),
    requestRate instanceof Error
      ? unknown('the request rate of API Gateway', requestRate)
      : judgeRequestRate(requestRate),
    putEventsRate instanceof Error
      ? unknown('the event rate of EventBridge', putEventsRate)
      : judgeEventRate(putEventsRate),
    hasDistributions instanceof Error
      ? unknown('CloudFront', hasDistributions)
      : judgeCloudFront(hasDistributions),
  ];
}

/** Returns a warning, because the deployment can succeed even if the user may not read this fact. */
function unknown(subject: string, { message }: Error): Finding {
  return warning(`Could not check ${subject}: ${message}`);
}

function judgeStack(name: string, status: string | undefined): Finding {
  if (status === undefined) return ok(`There is no stack ${name} yet.`);
  const remove = `Delete it first: sam delete --stack-name ${name}`;
  if (status === 'ROLLBACK_COMPLETE' || status === 'ROLLBACK_FAILED' || status === 'DELETE_FAILED')
    return failed(`The stack ${name} is in the status ${status}, in which it cannot be updated. ${remove}`);
  if (status === 'REVIEW_IN_PROGRESS')
    return warning(
      `The stack ${name} has a change set that was never executed. If the deployment fails: ${remove}`,
    );
  if (status === 'UPDATE_ROLLBACK_FAILED')
    return failed(
      `The rollback of the stack ${name} failed. Continue it: aws cloudformation continue-update-rollback --stack-name ${name}`,
    );
  if (status.endsWith('_IN_PROGRESS'))
    return failed(`The stack ${name} is in the status ${status}. Wait until it is complete.`);
  return ok(`The stack ${name} exists (${status}). The deployment updates it.`);
}

function judgeConcurrency(executions: number): Finding {
  const text = `Lambda runs up to ${executions} functions at once.`;
  const request = 'Request 1,000: Service Quotas, AWS Lambda, Concurrent executions.';
  if (executions < SMALLEST_CONCURRENCY) return failed(`${text} Roomcast needs 10. ${request}`);
  if (executions >= EXPECTED_CONCURRENCY) return ok(text);
  return warning(
    `${text} That is enough for a trial. A message to more than 3,000 members then takes longer, and its functions take capacity from the requests of clients. ${request}`,
  );
}

function judgeRequestRate(rate: number): Finding {
  const text = `API Gateway accepts ${rate} requests per second.`;
  if (rate >= EXPECTED_REQUEST_RATE) return ok(text);
  const share = Math.max(1, Math.round(EXPECTED_REQUEST_RATE / rate));
  return warning(
    `${text} The rates in the template are for ${EXPECTED_REQUEST_RATE}. Divide PostRate, MainRouteRate and RouteRate by ${share} (docs/deployment.md, Change settings), or request a higher quota.`,
  );
}

function judgeEventRate(rate: number): Finding {
  const text = `EventBridge accepts ${rate} events per second, that is, ${rate} messages per second in all rooms.`;
  return rate >= EXPECTED_EVENT_RATE
    ? ok(text)
    : warning(`${text} Request a higher quota before you need more: Service Quotas, EventBridge, PutEvents.`);
}

function judgeCloudFront(hasDistributions: boolean): Finding {
  if (hasDistributions) return ok('The account can create CloudFront distributions.');
  return warning(
    'The account has no CloudFront distribution. AWS may refuse the first one until support has verified the account. Only npm run deploy:web needs one.',
  );
}
