import { randomUUID } from 'node:crypto';

/** The prefix of task tokens on AWS. AWS does not document their format. */
const PREFIX = 'AAAAKgAAAAIAAAAA';

/**
 * Creates the token of a task that waits for a callback. The token contains the state machine's ARN, which IAM policies refer
 * to.
 */
export function createTaskToken(stateMachineArn: string): string {
  return PREFIX + Buffer.from(`${stateMachineArn} ${randomUUID()}`).toString('base64');
}

/** Returns the ARN of the state machine in a token, or undefined if the value is not a token. */
export function findStateMachineOfToken(token: unknown): string | undefined {
  if (typeof token !== 'string' || !token.startsWith(PREFIX)) return undefined;
  const [arn] = Buffer.from(token.slice(PREFIX.length), 'base64').toString().split(' ');
  return arn?.startsWith('arn:') ? arn : undefined;
}
