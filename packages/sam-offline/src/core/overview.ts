/** A command or an address to copy, with its purpose. */
export interface Command {
  readonly label: string;
  readonly command: string;
}

/** A part of the application in the ready message: the resources of one service, and how to try them. */
export interface OverviewSection {
  /** At most 12 characters, for example `Queues`. */
  readonly title: string;
  /** The address of an API. */
  readonly address?: string;
  /** Routes or names. */
  readonly items: readonly string[];
  /** Ready to paste into a terminal. */
  readonly commands: readonly Command[];
}

/**
 * Describes the resources of one service. Each service has such a function in its folder; `app/overview.ts` lists them.
 *
 * @param port the port of the runtime
 */
export type DescribeService<Resources> = (
  app: Resources & { readonly region: string },
  port: number,
) => OverviewSection[];

/** Returns a section, or none without items. */
export function createSection(
  title: string,
  items: readonly string[],
  ...commands: readonly Command[]
): OverviewSection[] {
  return items.length === 0 ? [] : [{ title, items, commands }];
}

/** Returns the command of the AWS CLI with the address and the credentials of the runtime. */
export function formatAwsCommand(
  { region }: { readonly region: string },
  port: number,
  command: string,
): string {
  return (
    'AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local ' +
    `aws ${command} --region ${region} --endpoint-url http://localhost:${port}`
  );
}
