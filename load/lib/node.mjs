import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** artillery 2.0.34 says so in its `engines`. */
const NEEDED = [22, 18];

/** A Node.js that artillery runs on: this one, or the one that npm has installed beside it. */
export function nodeForArtillery(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1])) return process.execPath;
  const own = fileURLToPath(
    new URL(`../node_modules/node-${process.platform}-${process.arch}/bin/node`, import.meta.url),
  );
  if (existsSync(own)) return own;
  throw new Error(
    `artillery needs Node.js ${NEEDED.join('.')} or newer; this is ${version}, and npm has none for this platform.`,
  );
}
