import { formatFailures } from '../bundler/build-failures';
import { type Bundles, bundleFunctions } from '../bundler/bundle';
import { type EsbuildSettings, getSettingsFile, readSettings } from '../bundler/esbuild/esbuild-settings';
import { IncrementalBuilder } from '../bundler/incremental-builder';
import type { RunningBundles } from '../bundler/running-bundles';
import { UsageError } from '../core/service';
import type { LambdaFunction } from './lambda-function';
import type { FunctionModel } from './model';
import { prepareWorker } from './worker-file';

/** The result of a build. */
export interface LastBuild {
  /** The number of builds, including this one. */
  readonly number: number;
  /**
   * The reason why the build failed. After a failed build, the previous code keeps running. Undefined after a successful build.
   */
  readonly error?: string;
}

interface FunctionBuildsOptions {
  readonly models: readonly FunctionModel[];
  /** The functions by ARN. They get new execution environments after a build. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  /** The builds that the functions run. This class adds the builds. */
  readonly running: RunningBundles;
  /** The absolute path of the template's folder, which may contain `esbuild.json`. */
  readonly root: string;
  /** Overrides `<root>/esbuild.json`. */
  readonly settings: EsbuildSettings | undefined;
  /** Called if functions cannot be bundled or loaded. The message contains their names and the errors with source lines. */
  readonly onFailure?: (message: string) => void;
}

/** Bundles the functions of an application and deploys the new code to them. */
export class FunctionBuilds {
  /** The current build. Undefined before the first build. */
  private bundles: Bundles | undefined;
  private incremental: IncrementalBuilder | undefined;
  private warmsAfterRebuild = false;
  private building: Promise<unknown> = Promise.resolve();
  private last: LastBuild = { number: 0 };
  /** Resolves when all unused builds are deleted. */
  private cleanup: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: FunctionBuildsOptions) {}

  get isBuilt(): boolean {
    return this.bundles !== undefined;
  }

  get isWatching(): boolean {
    return this.incremental !== undefined;
  }

  get lastBuild(): LastBuild {
    return this.last;
  }

  /**
   * Returns the absolute paths of `esbuild.json` and the functions' source files. Returns an empty list before the first build.
   */
  listSources(): readonly string[] {
    return this.bundles ? [...this.bundles.sources, getSettingsFile(this.options.root)] : [];
  }

  /** Returns the logical IDs of the functions that cannot be bundled or loaded. */
  listFailedFunctions(): string[] {
    return [...(this.bundles?.failures.keys() ?? [])];
  }

  /** Builds the functions. Builds run one after another, so that the last requested build takes effect. */
  build(): Promise<void> {
    const result = this.building.then(() => this.replaceBundles());
    this.building = result.then(
      () => this.recordEnd(),
      ({ message }: Error) => this.recordEnd(message),
    );
    return result;
  }

  /** Makes all later builds incremental. */
  async startWatching(warmsAfterRebuild: boolean): Promise<void> {
    this.warmsAfterRebuild = warmsAfterRebuild;
    this.building = this.building.then(() => this.prepareRebuilds());
    await this.building;
  }

  /** Starts an execution environment for each function that has none. Starts them one after another. */
  async warm(models: readonly FunctionModel[]): Promise<void> {
    // Functions that cannot be loaded were already reported after the build.
    const working = models.filter(({ logicalId }) => !this.bundles?.failures.has(logicalId));
    for (const { arn } of working) await this.options.functions.get(arn)?.warm();
  }

  /** Resolves when no build is running. */
  async finish(): Promise<void> {
    await this.building;
  }

  /** Stops esbuild and deletes the builds. Call it when the functions have ended. */
  async remove(): Promise<void> {
    await Promise.all([this.cleanup, this.options.running.remove(), this.incremental?.close()]);
  }

  private recordEnd(error?: string): void {
    this.last = { number: this.last.number + 1, ...(error === undefined ? {} : { error }) };
  }

  private async bundle(replacesFailures: boolean): Promise<Bundles> {
    const { models, root, settings } = this.options;
    return bundleFunctions(models, {
      root,
      settings: settings ?? (await readSettings(root)),
      replacesFailures,
      ...(this.incremental ? { incremental: this.incremental } : {}),
      prepareWorker,
    });
  }

  private async replaceBundles(): Promise<void> {
    const old = this.bundles;
    // If a rebuild breaks a function that worked before, all functions keep the old code.
    const next = await this.bundle(!old || old.failures.size > 0);
    const broken = old ? [...next.failures].filter(([id]) => !old.failures.has(id)) : [];
    if (broken.length > 0) {
      await next.remove();
      throw new UsageError(formatFailures(new Map(broken)));
    }
    this.bundles = next;
    if (next.failures.size > 0) this.options.onFailure?.(formatFailures(next.failures));
    this.deploy(next);
  }

  /** Switches the functions with changed code to a new build. */
  private deploy(next: Bundles): void {
    const { models, functions, running } = this.options;
    const changed = running.findChanged(models, next);
    const used = changed.filter(({ arn }) => functions.get(arn)?.hasEnvironments);
    const release = running.replace(changed, next);
    const ended = changed.map(({ arn }) => functions.get(arn)?.replace());
    this.cleanup = Promise.all([this.cleanup, ...ended]).then(release);
    if (this.warmsAfterRebuild) void this.warm(used);
  }

  /**
   * Starts the incremental builder and records the source files of each function. The functions continue to run the code of the
   * first build.
   */
  private async prepareRebuilds(): Promise<void> {
    this.incremental = new IncrementalBuilder();
    const prepared = await this.bundle(false).catch(() => undefined); // the next rebuild reports the failure
    if (!prepared) return;
    this.options.running.setVersions(prepared);
    await prepared.remove();
  }
}
