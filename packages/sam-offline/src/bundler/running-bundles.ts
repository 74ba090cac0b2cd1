import type { Bundles } from './bundle';
import type { FunctionCodeModel } from './model';
import { createSourceVersion } from './source-versions';

/** The build that each function runs. After a rebuild, functions whose files are unchanged keep their previous build. */
export class RunningBundles {
  private readonly bundles = new Map<string, Bundles>();
  private readonly versions = new Map<string, string | undefined>();
  /** The start time of the first build. The source files of this build are recorded later. */
  private firstBuiltAt = 0;

  /** Returns the build that a function's new execution environments run. */
  get({ logicalId }: FunctionCodeModel): Bundles | undefined {
    return this.bundles.get(logicalId);
  }

  /** Records the functions' source files from an incremental build that produced the same code as the first build. */
  setVersions(prepared: Bundles): void {
    for (const logicalId of this.bundles.keys()) {
      this.versions.set(logicalId, readVersion(logicalId, prepared, this.firstBuiltAt));
    }
  }

  /** Returns the functions whose code differs in a new build. Returns all functions if their source files are not known. */
  findChanged<Fn extends FunctionCodeModel>(functions: readonly Fn[], next: Bundles): Fn[] {
    if (this.bundles.size === 0) this.firstBuiltAt = next.startedAt;
    return functions.filter(({ logicalId }) => {
      const version = readVersion(logicalId, next, next.startedAt);
      const known = this.versions.get(logicalId);
      this.versions.set(logicalId, version);
      return version === undefined || version !== known;
    });
  }

  /**
   * Switches functions to a new build. New execution environments run it.
   *
   * @returns a function that deletes unused builds. Call it when the old environments have ended.
   */
  replace(functions: readonly FunctionCodeModel[], next: Bundles): () => Promise<void> {
    const old = new Set(functions.flatMap(({ logicalId }) => this.bundles.get(logicalId) ?? []));
    for (const { logicalId } of functions) this.bundles.set(logicalId, next);
    return async () => {
      const used = new Set(this.bundles.values());
      await Promise.all(
        [...old, next].filter((bundles) => !used.has(bundles)).map((bundles) => bundles.remove()),
      );
    };
  }

  /** Deletes all builds. */
  async remove(): Promise<void> {
    await Promise.all([...new Set(this.bundles.values())].map((bundles) => bundles.remove()));
  }
}

function readVersion(logicalId: string, bundles: Bundles, builtAt: number): string | undefined {
  const sources = bundles.sourcesOf?.get(logicalId);
  const version = sources && createSourceVersion(sources, builtAt);
  return version && `${bundles.settings}\n${version}`;
}
