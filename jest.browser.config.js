/** The tests that drive a Chromium: `CHROMIUM_PATH`, by default the system's.
 * @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.js'),
  roots: ['<rootDir>/packages'],
  testMatch: ['**/test/browser/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
