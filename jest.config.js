// The tests also run on Node.js 20, for which SDK v3 prints a warning on stderr.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

const ES_MODULES = '(?:jose|@seriousme)'; // packages that have ES modules only

const transform = [
  '@swc/jest',
  { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // `source` resolves sam-offline to its TypeScript sources.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  roots: [
    '<rootDir>/tests',
    '<rootDir>/chat',
    '<rootDir>/aws',
    '<rootDir>/scripts/test',
    '<rootDir>/bench/test',
    '<rootDir>/load/test',
    '<rootDir>/packages',
  ],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/test/browser/'], // `npm run test:browser` runs these. They need Chromium.
  moduleNameMapper: {
    '^@roomcast/client$': '<rootDir>/packages/client/src/index.ts', // as in the page's build
    // As in the bundles. The hooks of cls-hooked also slow down the test files that a worker runs afterwards.
    '^cls-hooked/context$': '<rootDir>/aws/lambda/trace-context.ts',
  },
  transform: { '^.+\\.ts$': transform, [`/node_modules/${ES_MODULES}/.+\\.js$`]: transform },
  transformIgnorePatterns: [`/node_modules/(?!${ES_MODULES}/)`],
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
  globals: { isWholeSuite: true }, // the teardown then requires that every event of strict mode occurred
  testTimeout: 120_000,
  // By default jest leaves one of two cores idle. Three workers and their runtimes use one and a half. Suites that share a
  // deployed stack run one after the other, because they would receive each other's broadcasts.
  maxWorkers: process.env.WS_URL ? 1 : 4,
};
