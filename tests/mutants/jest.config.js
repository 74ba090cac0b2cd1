/**
 * The tests that run for each mutant. They do not need a running application.
 * @type {import('jest').Config}
 */
module.exports = {
  ...require('../../jest.config.js'),
  rootDir: '../..',
  roots: ['<rootDir>/tests/unit', '<rootDir>/tests/integration'],
  globalSetup: undefined,
  globalTeardown: undefined,
};
