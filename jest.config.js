// SDK v3 warns on stderr about every Node.js below 22; that the tools run on 20 is meant.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  // `source` resolves sam-offline to its TypeScript sources.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  roots: ['<rootDir>/tests', '<rootDir>/scripts/test', '<rootDir>/load/test', '<rootDir>/packages'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/test/browser/'], // `npm run test:browser`: they need a Chromium
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
  testTimeout: 60_000,
  // jest would leave one of two cores idle, and most suites wait for sockets; but a deployed stack is one for all suites,
  // which would hear one another
  maxWorkers: process.env.WS_URL ? 1 : 2,
};
