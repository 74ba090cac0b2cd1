// Tests that are too slow for `npm test`. With SIZES=long, they take the sizes in tests/long.json instead of their own.
// An environment variable with the name of a size overrides it: SIZES=long SCHEDULES=10 npx jest --config jest.slow.config.js resume

process.env.LONG = '1'; // read by testbed/at-length.ts and by the packages' tests

if (process.env.SIZES === 'long') {
  for (const [name, size] of Object.entries(require('./tests/long.json'))) process.env[name] ??= String(size);
}

const APP = [
  'tests/property/**',
  'tests/process/*.test.ts',
  'tests/integration/quiet-hour.test.ts',
  ...[
    'alarms',
    'away',
    'bot',
    'documents',
    'duplicates',
    'faults',
    'frozen-environments',
    'identity',
    'large-room',
    'low-concurrency',
  ].map(e2e),
  ...[
    'permissions',
    'redrive',
    'request-validation',
    'sessions-command',
    'smoke',
    'stale-connections',
    'trace',
    'typing',
    'user-data-commands',
  ].map(e2e),
  'bench/test/comparison.test.ts',
  'scripts/test/protocol-docs.test.ts',
  'load/test/load.test.ts',
];
const PACKAGES = [
  'packages/client/test/unit/property.test.ts',
  'packages/{client,react}/test/node/*.test.ts',
  'packages/sam-offline/test/{package,sdk-v2,websocket-api-abuse}.test.ts',
  'packages/sam-offline/test/wild/*.test.ts',
];

function e2e(name) {
  return `tests/e2e/${name}.test.ts`;
}

const config = require('./jest.config.js');

/** @type {import('jest').Config} */
module.exports = {
  ...config,
  testMatch: [...APP, ...PACKAGES].map((pattern) => `<rootDir>/${pattern}`),
  globals: {},
  maxWorkers: Math.min(config.maxWorkers, 2), // `.ci/run` runs the emulator beside these tests
};
