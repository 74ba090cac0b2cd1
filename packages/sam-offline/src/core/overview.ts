/** A command or an address that users can copy, with a label that describes its purpose. */
export interface Command {
  readonly label: string;
  readonly command: string;
}

/** A section of the ready message: the resources of one service, and commands to try them. */
export interface OverviewSection {
  /** The section title of at most 12 characters, for example `Queues`. */
  readonly title: string;
  /** The address of an API. */
  readonly address?: string;
  /** The routes or the names of resources. */
  readonly items: readonly string[];
  /** Commands that users can paste into a terminal. */
  readonly commands: readonly Command[];
}

/**
 * Describes the resources of one service. Each service implements this function in its folder, and `app/overview.ts` lists the
 * functions.
 *
 * @param port the port of the runtime
 */
export type DescribeService<Resources> = (
  app: Resources & { readonly region: string },
  port: number,
) => OverviewSection[];

/** Returns a list with the section, or an empty list if the section has no items. */
export function createSection(
  title: string,
  items: readonly string[],
  ...commands: readonly Command[]
): OverviewSection[] {
  return items.length === 0 ? [] : [{ title, items, commands }];
}

/** Returns an AWS CLI command with the address and the credentials of the runtime. */
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
