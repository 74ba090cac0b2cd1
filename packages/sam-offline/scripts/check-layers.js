// Checks that the folders of src/ import only from lower layers. Usage: node check-layers.js
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { dirname, join, relative, resolve, sep } = require('node:path');

const SRC = join(__dirname, '../src');

/**
 * The folders of src/ by layer, from the lowest to the highest. A folder may import only from lower layers, so services do not
 * import each other.
 */
const LAYERS = [
  ['core', 'http', 'json', 'system', 'text', 'time'],
  ['aws', 'event-patterns', 'faults', 'traces'],
  ['template'],
  ['bundler', 'iam', 'schedule-expressions'],
  ['http-invocation'], // the requests and responses of API Gateway and of function URLs
  ['api-gateway'], // shared by HTTP, REST and WebSocket APIs
  [
    ...[
      'dynamodb',
      'event-sources',
      'events',
      'function-urls',
      'http-api',
      'lambda',
      'rest-api',
      'scheduler',
    ],
    ...['secrets', 'sqs', 'ssm', 'states', 'website', 'websocket-api'],
  ],
  ['app-model'],
  ['records'],
  ['cost'],
  ['console'],
  ['server'],
  ['app'],
  ['start-sam', 'testing'],
  ['cli', 'index.ts'],
];

/** Matches the relative paths in `import`, `export … from`, `import()` and `require()`. */
const IMPORT = /(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*'(\.[^']*)'/g;

const folderOf = (file) => relative(SRC, file).split(sep)[0];
const layerOf = (folder) => LAYERS.findIndex((layer) => layer.includes(folder));

/** Returns the imports of a file that the layer of its folder does not allow. */
function findViolations(file) {
  const folder = folderOf(file);
  const imports = [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(([, path]) => path);
  return imports
    .map((path) => folderOf(resolve(dirname(file), path)))
    .filter((imported) => imported !== folder && layerOf(imported) >= layerOf(folder))
    .map((imported) => `${relative(process.cwd(), file)}: ${folder} must not import ${imported}`);
}

const folders = readdirSync(SRC);
const listed = LAYERS.flat();
const files = readdirSync(SRC, { recursive: true }).map((name) => join(SRC, name));
const problems = [
  ...folders.filter((name) => !listed.includes(name)).map((name) => `src/${name} is in no layer`),
  ...listed.filter((name) => !existsSync(join(SRC, name))).map((name) => `src/${name} does not exist`),
  ...files.filter((file) => /\.[jt]s$/.test(file)).flatMap(findViolations),
];
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error(
    `Move the shared part to a lower layer: ${relative(process.cwd(), __filename)} lists the layers.`,
  );
  process.exitCode = 1;
}
