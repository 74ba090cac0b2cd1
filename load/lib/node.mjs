import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The minimum Node.js version in the `engines` field of artillery 2.0.34. */
const REQUIRED_MAJOR = 22;
const REQUIRED_MINOR = 18;

/**
 * Returns the path of a Node.js executable that Artillery supports: the current one, or the one that npm installs as an
 * optional dependency.
 *
 * @throws Error if neither is available
 */
export function findNodeForArtillery(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > REQUIRED_MAJOR || (major === REQUIRED_MAJOR && minor >= REQUIRED_MINOR))
    return process.execPath;
  const bundled = fileURLToPath(
    new URL(`../node_modules/node-${process.platform}-${process.arch}/bin/node`, import.meta.url),
  );
  if (existsSync(bundled)) return bundled;
  throw new Error(
    `Artillery requires Node.js ${REQUIRED_MAJOR}.${REQUIRED_MINOR} or newer. This is ${version}. Install a newer Node.js.`,
  );
}
