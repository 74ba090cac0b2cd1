import type { App } from '../app-model/app';
import { installMissingPackages } from '../bundler/packages/install-packages';
import {
  describeMissingPackages,
  findMissingPackages,
  type MissingPackages,
} from '../bundler/packages/missing-packages';
import { UsageError } from '../core/service';

/** The packages to install and the build to run before the functions of an application run. */
export interface SetupPlan {
  /** The absolute path of the template's folder. */
  readonly root: string;
  /** The packages that functions lack. */
  readonly missing: MissingPackages;
  /** The command that builds the website. Absent if the website has no build. */
  readonly buildCommand?: readonly string[];
}

/** The parts of a plan that may run. */
export interface SetupPermissions {
  /** Whether npm may install the application's dependencies and run their install scripts. */
  readonly installsDependencies: boolean;
  /** Whether npm may install the packages of the Lambda runtime, without install scripts. */
  readonly installsSdk: boolean;
  readonly builds: boolean;
}

export interface SetupOptions {
  readonly install?: boolean;
  readonly authorizeSetup?: (plan: SetupPlan) => Promise<SetupPermissions>;
  readonly onProgress?: (line: string) => void;
  readonly onNotice?: (notice: object) => void;
}

/**
 * Installs the packages that functions lack, if `authorizeSetup` permits it. Returns the application, without its build if the
 * build is not permitted.
 */
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
      // Without `install`, the user did not request the installation, and other functions may run without the packages.
      if (install || !(error instanceof UsageError)) throw error;
      onNotice?.({ message: error.message });
    }
  }
  for (const message of describeMissingPackages(findMissingPackages(functions))) onNotice?.({ message });
}
