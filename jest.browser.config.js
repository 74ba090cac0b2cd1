// Tests that run in Chromium: /usr/bin/chromium, or the executable in CHROMIUM_PATH.

/** @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.js'),
  roots: ['<rootDir>/packages'],
  testMatch: ['**/test/browser/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globals: {},
  maxWorkers: 2, // one worker, its runtime and its browser use less than one core
};
