import type { App } from '../app-model/app';
import { installMissingPackages } from '../bundler/packages/install-packages';
import {
  describeMissingPackages,
  findMissingPackages,
  type MissingPackages,
} from '../bundler/packages/missing-packages';
import { UsageError } from '../core/service';

/** The installations and builds of an application before its functions run. */
export interface SetupPlan {
  /** The template's folder. Absolute. */
  readonly root: string;
  /** The packages that functions lack. */
  readonly missing: MissingPackages;
  /** The command that builds the website. Absent if there is none. */
  readonly buildCommand?: readonly string[];
}

/** Which parts of a plan may run. */
export interface SetupPermissions {
  /** The template's dependencies, whose install scripts npm runs. */
  readonly installsDependencies: boolean;
  /** The packages of the Lambda runtime, without install scripts. */
  readonly installsSdk: boolean;
  readonly builds: boolean;
}

export interface SetupOptions {
  readonly install?: boolean;
  readonly authorizeSetup?: (plan: SetupPlan) => Promise<SetupPermissions>;
  readonly onProgress?: (line: string) => void;
  readonly onNotice?: (notice: object) => void;
}

/** Installs the packages that functions lack, if that is allowed. Returns the application without a build that is not allowed. */
export async function setUp(app: App, options: SetupOptions): Promise<App> {
  const { install = false, authorizeSetup } = options;
  const missing = findMissingPackages(app.functions);
  const buildCommand = app.website?.build?.command;
  const plan = { root: app.root, missing, ...(buildCommand && { buildCommand }) };
  const permissions = (await authorizeSetup?.(plan)) ?? {
    installsDependencies: install,
    installsSdk: install,
    builds: true,
  };
  if (missing.folders.length + missing.sdk.length > 0) await providePackages(app, permissions, options);
  if (permissions.builds || !app.website) return app;
  const { build, ...website } = app.website;
  return { ...app, website };
}

async function providePackages(
  { functions }: App,
  permissions: SetupPermissions,
  { install, onProgress = () => undefined, onNotice }: SetupOptions,
): Promise<void> {
  if (permissions.installsDependencies || permissions.installsSdk) {
    try {
      await installMissingPackages(functions, permissions, onProgress);
    } catch (error) {
      // Without the option, the user did not ask for packages: the other functions can run without them.
      if (install || !(error instanceof UsageError)) throw error;
      onNotice?.({ message: error.message });
    }
  }
  for (const message of describeMissingPackages(findMissingPackages(functions))) onNotice?.({ message });
}
