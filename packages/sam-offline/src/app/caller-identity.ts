import { type Actions, requireAction } from '../core/actions';
import type { Service } from '../core/service';
import type { AccessControl } from '../iam/access-control';

/**
 * Creates the part of the Security Token Service that returns the identity of the caller.
 *
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
 */
export function createCallerIdentity(access: AccessControl): Service {
  const actions: Actions = {
    GetCallerIdentity: (_input, { principal }) => {
      const { userId, userArn, accountId } = access.describeCaller(principal);
      return { UserId: userId, Account: accountId, Arn: userArn };
    },
  };
  return {
    call: async (action, input, context) => requireAction('STS', actions, action)(input, context),
  };
}
