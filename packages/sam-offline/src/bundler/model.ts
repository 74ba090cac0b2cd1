/** The code of a function, as the template declares it. */
export interface FunctionCodeModel {
  readonly logicalId: string;
  /** The absolute path of CodeUri. `handler` is relative to this folder. */
  readonly codeUri: string;
  /** The handler, for example `path/file.export`, without a file extension. */
  readonly handler: string;
  /** The absolute paths of the layers' folders, in template order. Each folder corresponds to `/opt/nodejs`. */
  readonly layers: readonly string[];
  /** Metadata.BuildMethod, for example `esbuild`. Without a build method, `sam build` does not change the code. */
  readonly buildMethod?: string;
  readonly runtime: string;
}
