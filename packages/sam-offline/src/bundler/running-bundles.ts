import type { Bundles } from './bundle';
import type { FunctionCodeModel } from './model';
import { createSourceVersion } from './source-versions';

/** The builds that the functions run: after a rebuild, functions with unchanged files keep their build. */
export class RunningBundles {
  private readonly bundles = new Map<string, Bundles>();
  private readonly versions = new Map<string, string | undefined>();
  /** When the first build started. Its files are known only later. */
  private firstBuiltAt = 0;

  /** Returns the build that new execution environments of a function run. */
  get({ logicalId }: FunctionCodeModel): Bundles | undefined {
    return this.bundles.get(logicalId);
  }

  /** Records the files of the functions with a build that produced the same code as the first one. */
  setVersions(prepared: Bundles): void {
    for (const logicalId of this.bundles.keys()) {
      this.versions.set(logicalId, readVersion(logicalId, prepared, this.firstBuiltAt));
    }
  }

  /** Returns the functions whose code differs in a new build. All of them if the files of the functions are not known. */
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
   * Makes new execution environments of functions run a new build.
   *
   * @returns a function that deletes the builds that no function runs. Call it when the old environments have ended.
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
