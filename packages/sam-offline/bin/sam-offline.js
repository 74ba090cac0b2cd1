#!/usr/bin/env node
// The version check comes first: everything that follows may use syntax that an old Node.js cannot read.
const refusal = require('./check-node.js').refuseNode(process.versions.node);
if (refusal) {
  process.stderr.write(refusal);
  process.exit(1);
}

// The published package has no build script. In the repository, dist/ has to match the sources.
const build = `${__dirname}/../build.js`;
if (require('node:fs').existsSync(build)) require(build).buildIfStale();

require('../dist/cli.js');
