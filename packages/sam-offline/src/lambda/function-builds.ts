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
  /** The number of builds so far, including this one. */
  readonly number: number;
  /** Why the functions could not be built. The previous code keeps running. Absent after a successful build. */
  readonly error?: string;
}

interface FunctionBuildsOptions {
  readonly models: readonly FunctionModel[];
  /** By ARN. They get new execution environments after a build. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  /** The builds that the functions run. Filled here. */
  readonly running: RunningBundles;
  /** The template's folder, which may contain `esbuild.json`. Absolute. */
  readonly root: string;
  /** Replaces `<root>/esbuild.json`. */
  readonly settings: EsbuildSettings | undefined;
  /** Called with the functions that cannot be bundled or loaded, and their errors with source lines. */
  readonly onFailure?: (message: string) => void;
}

/** Bundles the functions of an application, and replaces the code that they run. */
export class FunctionBuilds {
  /** The current build. Undefined before the first one. */
  private bundles: Bundles | undefined;
  private incremental: IncrementalBuilder | undefined;
  private warmsAfterRebuild = false;
  private building: Promise<unknown> = Promise.resolve();
  private last: LastBuild = { number: 0 };
  /** Deletes the builds that are no longer used. */
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

  /** Returns the source files of the bundles and `esbuild.json`. Absolute. Empty before the first build. */
  listSources(): readonly string[] {
    return this.bundles ? [...this.bundles.sources, getSettingsFile(this.options.root)] : [];
  }

  /** Returns the logical IDs of the functions that fail because they cannot be bundled or loaded. */
  listFailedFunctions(): string[] {
    return [...(this.bundles?.failures.keys() ?? [])];
  }

  /** Runs builds one after another, so that the last one requested takes effect. */
  build(): Promise<void> {
    const result = this.building.then(() => this.replaceBundles());
    this.building = result.then(
      () => this.recordEnd(),
      ({ message }: Error) => this.recordEnd(message),
    );
    return result;
  }

  /** Makes the next builds incremental. */
  async startWatching(warmsAfterRebuild: boolean): Promise<void> {
    this.warmsAfterRebuild = warmsAfterRebuild;
    this.building = this.building.then(() => this.prepareRebuilds());
    await this.building;
  }

  /** Starts an execution environment for each of these functions that has none, one after another. */
  async warm(models: readonly FunctionModel[]): Promise<void> {
    // The reason why a function cannot be loaded was reported after the build.
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
    // A rebuild keeps the old code if it breaks a function that worked before.
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

  /** Switches the functions whose code has changed to a new build. */
  private deploy(next: Bundles): void {
    const { models, functions, running } = this.options;
    const changed = running.findChanged(models, next);
    const used = changed.filter(({ arn }) => functions.get(arn)?.hasEnvironments);
    const release = running.replace(changed, next);
    const ended = changed.map(({ arn }) => functions.get(arn)?.replace());
    this.cleanup = Promise.all([this.cleanup, ...ended]).then(release);
    if (this.warmsAfterRebuild) void this.warm(used);
  }

  /** Starts esbuild, and finds the files of each function. The functions keep running the code of the first build. */
  private async prepareRebuilds(): Promise<void> {
    this.incremental = new IncrementalBuilder();
    const prepared = await this.bundle(false).catch(() => undefined); // the next rebuild reports the failure
    if (!prepared) return;
    this.options.running.setVersions(prepared);
    await prepared.remove();
  }
}
