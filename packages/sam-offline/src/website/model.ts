/** The files that the runtime serves at the root. The `Website` metadata of a bucket declares them. */
export interface WebsiteModel {
  readonly logicalId: string;
  /** The absolute path of the folder with the files. The folder may not exist before the first build. */
  readonly folder: string;
  /**
   * The members of `/config.json` and the names of the outputs that they contain. If empty, the runtime does not serve the
   * file.
   */
  readonly config: Readonly<Record<string, string>>;
  /** The headers that CloudFront adds to the files. They contain AWS addresses. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The build of the folder. If absent, the folder is served unchanged. */
  readonly build?: WebsiteBuildModel;
}

export interface WebsiteBuildModel {
  /** The program and its arguments. The program runs in the template's folder. */
  readonly command: readonly string[];
  /** The absolute paths of source files and folders. */
  readonly sources: readonly string[];
}
