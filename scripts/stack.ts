import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

/** What a command needs to know of a stack, wherever it runs. */
export interface StackPlace {
  /** The template's outputs by name. */
  outputs: Record<string, string>;
  /** For SDK clients; empty for AWS itself, where the environment says who asks and which region is meant. */
  client: {
    endpoint?: string;
    region?: string;
    credentials?: { accessKeyId: string; secretAccessKey: string };
  };
}

/** What a person can act on: told without a stack trace. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** @throws CommandError if nothing runs there. */
export async function localStack(port: number): Promise<StackPlace> {
  const endpoint = `http://127.0.0.1:${port}`;
  const response = await fetch(`${endpoint}/_local/outputs`).catch(() => undefined);
  if (!response?.ok) {
    throw new CommandError(
      `Nothing runs on port ${port}. Start it with npm start, or name a deployed stack with --stack.`,
    );
  }
  return {
    outputs: (await response.json()) as Record<string, string>,
    client: {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
  };
}

/** @throws CommandError if there is no such stack. */
export async function deployedStack(name: string): Promise<StackPlace> {
  const client = new CloudFormationClient({});
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const pairs = (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
      OutputKey,
      OutputValue,
    ]);
    return { outputs: Object.fromEntries(pairs), client: {} };
  } catch (error) {
    throw new CommandError(`The stack ${name} cannot be read: ${(error as Error).message}`);
  } finally {
    client.destroy();
  }
}

/** @throws CommandError if the stack has no such output. */
export function output({ outputs }: StackPlace, key: string): string {
  const value = outputs[key];
  if (value === undefined) throw new CommandError(`The stack has no output ${key}.`);
  return value;
}

/** Runs a command: what a person can act on is told in its own words, what is a fault of ours with its stack. */
export function run(command: () => Promise<void>): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  command().catch((error: Error) => {
    process.stderr.write(`${error instanceof CommandError ? error.message : error.stack}\n`);
    process.exitCode = 1;
  });
}
