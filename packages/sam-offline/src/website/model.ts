/** The files that the runtime serves at the root. They come from the `Website` metadata of a bucket. */
export interface WebsiteModel {
  readonly logicalId: string;
  /** Absolute. May not exist before the first build. */
  readonly folder: string;
  /** The members of `/config.json` and the outputs that they contain. If empty, the file does not exist. */
  readonly config: Readonly<Record<string, string>>;
  /** The headers that CloudFront adds to the files, with AWS addresses. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The command that builds the folder. If missing, the folder is served unchanged. */
  readonly build?: WebsiteBuildModel;
}

export interface WebsiteBuildModel {
  /** The program and its arguments. Runs in the template's folder. */
  readonly command: readonly string[];
  /** The source files and folders. Absolute. */
  readonly sources: readonly string[];
}
