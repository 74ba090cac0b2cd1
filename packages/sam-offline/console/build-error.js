import { get } from './api.js';
import { h, replace } from './dom.js';

/** @import { BuildError } from './types' */

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
    const { errors } = (await get('build')) ?? { errors: [] };
    if (build === shownBuild) replace(element, errors.map(renderBuildError));
  };
}

/** @param {BuildError} error */
export function renderBuildError({ title, output }) {
  return [h('strong', {}, title), h('pre.mono', {}, output)];
}
