/** The code of a function, as the template declares it. */
export interface FunctionCodeModel {
  readonly logicalId: string;
  /** The folder that `handler` is relative to: CodeUri. Absolute. */
  readonly codeUri: string;
  /** `path/file.export`, without an extension. */
  readonly handler: string;
  /** The folders of the layers, in the order of the template. Each is the content of `/opt/nodejs`. Absolute. */
  readonly layers: readonly string[];
  /** Metadata.BuildMethod, for example `esbuild`. Without one, `sam build` changes no code. */
  readonly buildMethod?: string;
  readonly runtime: string;
}
