import { get } from './api.js';
import { h, replace } from './dom.js';

/**
 * Shows why the last build failed, until a build succeeds.
 *
 * @param {HTMLElement} element
 */
export function createBuildError(element) {
  let shownBuild = 0;

  /** @param {number | undefined} build the number of the last build */
  return async function update(build = 0) {
    if (build === shownBuild) return;
    shownBuild = build;
    const { error } = (await get('build')) ?? {};
    if (build !== shownBuild) return;
    replace(
      element,
      error !== undefined && [
        h('strong', {}, 'Build failed, the previous code keeps running'),
        h('pre.mono', {}, error),
      ],
    );
  };
}
