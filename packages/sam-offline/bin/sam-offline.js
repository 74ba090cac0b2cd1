#!/usr/bin/env node
// Check the version first: old versions of Node.js cannot parse the code that is loaded afterwards.
const message = require('./check-node.js').explainUnsupportedNode(process.versions.node);
if (message) {
  process.stderr.write(message);
  process.exit(1);
}

// The published package has no build script. In the repository, it rebuilds dist/ if the sources have changed.
const build = `${__dirname}/../build.js`;
if (require('node:fs').existsSync(build)) {
  require(build)
    .buildIfStale()
    .then(() => require('../dist/cli.js'));
} else {
  require('../dist/cli.js');
}
