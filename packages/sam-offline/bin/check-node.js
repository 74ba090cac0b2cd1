// Must run on old versions of Node.js: no imports, and no syntax newer than ES2015.

/** Returns why a version of Node.js is not supported, or undefined if it is. Must match `engines` in package.json. */
exports.explainUnsupportedNode = (version) => {
  const [major, minor] = version.split('.').map(Number);
  if ((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22) return undefined;
  return `Node.js ${version} is not supported. Install Node.js 24 (or 22.12 or later, or 20.19 or later in version 20),
for example with "nvm install 24" or from https://nodejs.org/, and run the command again.
`;
};
