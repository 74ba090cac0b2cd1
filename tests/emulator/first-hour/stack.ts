import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describeDeployedStack, requireOutput } from '../../../scripts/stack';
import { npmRun, parseResults, SMOKE_STEPS } from '../operator';
import { expect, expectPassed } from './step';

/** The default stack name in samconfig.toml. */
export const STACK = 'roomcast';

export const readOutput = async (name: string) => requireOutput(await describeDeployedStack(STACK), name);

/** Runs `npm run smoke` and returns a summary line. */
export async function smoke(): Promise<string> {
  expectPassed(parseResults('smoke', SMOKE_STEPS, await npmRun('smoke', '--stack', STACK)));
  return `npm run smoke: all ${SMOKE_STEPS.length} steps passed`;
}

export async function expectStatus(expected: string): Promise<void> {
  const { Stacks = [] } = await new CloudFormationClient({}).send(
    new DescribeStacksCommand({ StackName: STACK }),
  );
  expect(
    Stacks[0]?.StackStatus === expected,
    `The stack is in the status ${Stacks[0]?.StackStatus}, not ${expected}.`,
  );
}

/** Returns whether the chat table has deletion protection. */
export async function isProtected(): Promise<boolean> {
  const command = new DescribeTableCommand({ TableName: await readOutput('ChatTableName') });
  return (await new DynamoDBClient({}).send(command)).Table?.DeletionProtectionEnabled === true;
}
