import type { LambdaService } from '../lambda';
import type { WebsiteBuild } from '../website/build';

/** The response of `/_local/build`. */
export interface BuildStatus {
  /** Why the last build of the functions and of the website failed. Empty if they succeeded. */
  readonly errors: readonly BuildError[];
}

export interface BuildError {
  readonly title: string;
  readonly output: string;
}

export interface Builds {
  readonly lambda: Pick<LambdaService, 'lastBuild'>;
  /** Absent without a website. */
  readonly websiteBuild?: WebsiteBuild;
}

/** Returns the number of finished builds. */
export function countBuilds({ lambda, websiteBuild }: Builds): number {
  return lambda.lastBuild().number + (websiteBuild?.finished() ?? 0);
}

/** Returns the errors of the last builds. Starts a build of the website if its sources have changed. */
export function readBuildStatus({ lambda, websiteBuild }: Builds): BuildStatus {
  const { error } = lambda.lastBuild();
  const website = websiteBuild?.check();
  return {
    errors: [
      ...(error === undefined
        ? []
        : [{ title: 'Build failed. The previous code keeps running.', output: error }]),
      ...(website?.status === 'failed'
        ? [{ title: 'The build of the web page failed', output: website.output }]
        : []),
    ],
  };
}
