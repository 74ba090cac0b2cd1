import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

/** A deployed or local stack that commands operate on. */
export interface StackInfo {
  /** The stack outputs by name. */
  outputs: Record<string, string>;
  /** The values of the stack parameters by name. Empty for the local runtime. */
  parameters?: Record<string, string>;
  /**
   * Configuration for SDK clients. Empty for a deployed stack, because the environment provides credentials and the Region.
   */
  clientConfig: {
    endpoint?: string;
    region?: string;
    credentials?: { accessKeyId: string; secretAccessKey: string };
  };
}

/** An error that the user can fix. Commands print it without a stack trace. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Describes the stack of the local runtime. @throws CommandError if no runtime listens on the port */
export async function describeLocalStack(port: number): Promise<StackInfo> {
  const endpoint = `http://127.0.0.1:${port}`;
  const response = await fetch(`${endpoint}/_local/outputs`).catch(() => undefined);
  if (!response?.ok) {
    throw new CommandError(
      `No runtime found on port ${port}. Run npm start, or select a deployed stack with --stack.`,
    );
  }
  return {
    outputs: (await response.json()) as Record<string, string>,
    clientConfig: {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    },
  };
}

/** Describes a deployed stack. @throws CommandError if CloudFormation cannot describe it */
export async function describeDeployedStack(name: string): Promise<StackInfo> {
  const client = new CloudFormationClient({});
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const pairs = (Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [
      OutputKey,
      OutputValue,
    ]);
    const parameters = (Stacks[0]?.Parameters ?? []).map(({ ParameterKey = '', ParameterValue = '' }) => [
      ParameterKey,
      ParameterValue,
    ]);
    return {
      outputs: Object.fromEntries(pairs),
      parameters: Object.fromEntries(parameters),
      clientConfig: {},
    };
  } catch (error) {
    throw new CommandError(`Cannot describe the stack ${name}: ${(error as Error).message}`);
  } finally {
    client.destroy();
  }
}

/**
 * Adds the outputs of the stack that `npm run deploy:web` creates for the page. If there is no such stack, returns `stack`
 * unchanged.
 */
export async function addPageOutputs(stack: StackInfo, name: string): Promise<StackInfo> {
  const page = await describeDeployedStack(`${name}-web`).catch(() => undefined);
  return page ? { ...stack, outputs: { ...page.outputs, ...stack.outputs } } : stack;
}

/** Returns a stack output. @throws CommandError if the stack has no such output */
export function requireOutput({ outputs }: StackInfo, key: string): string {
  const value = outputs[key];
  if (value === undefined) throw new CommandError(`The stack has no output ${key}.`);
  return value;
}

/** Runs a command. Prints the message of a `CommandError` and the stack trace of any other error, and exits with 1. */
export function runMain(command: () => Promise<void>): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';
  command().catch((error: Error) => {
    process.stderr.write(`${error instanceof CommandError ? error.message : error.stack}\n`);
    process.exitCode = 1;
  });
}
