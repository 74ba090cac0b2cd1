/** The tests that drive a Chromium: `CHROMIUM_PATH`, by default the system's.
 * @type {import('jest').Config} */
module.exports = {
  ...require('./jest.config.js'),
  roots: ['<rootDir>/tests/browser'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
