// A test runner for Stryker. It runs the Jest tests of the functions in the process of the worker, with Jest's own test
// framework, assertions and mocks. Stryker's Jest runner starts Jest for every mutant and loads every test file that imports
// the mutated file, including the AWS SDK and the runtime: that takes several seconds per mutant. This runner keeps
// dependencies loaded, runs only the files whose tests reach the mutant, the fastest ones first, and stops at the first failure.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { basename, isAbsolute, join, relative } from 'node:path';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';
import { transformSync } from '@swc/core';
import { expect } from 'expect';
import * as circus from 'jest-circus';
import { ModuleMocker } from 'jest-mock';

const TEST_FOLDERS = ['tests/unit', 'tests/integration'];
/** These compare the schemas of the protocol and of the server API with the documents and with the template. */
const OTHER_TEST_FILES = ['scripts/test/protocol-docs.test.ts', 'scripts/test/openapi.test.ts'];
/** Results of the dry run for the other workers, which Stryker starts in the same folder. */
const DRY_RUN_FILE = '.dry-run.json';
const TEST_TIMEOUT_MS = 60_000;

const require = createRequire(import.meta.url);
const [, transformOptions] = require('../../jest.config.js').transform['^.+\\.ts$'];

/** The object through which Stryker's instrumented code selects the mutant and counts what each test reaches. */
const instrumenter = { mutantCoverage: { static: {}, perTest: {} } };

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'circus', createRunner)];

function createRunner() {
  const root = process.cwd();
  const load = createRequire(join(root, 'package.json'));
  const dryRunFile = join(root, DRY_RUN_FILE);

  return {
    capabilities: () => ({ reloadEnvironment: true }),

    async init() {
      globalThis.__stryker__ = instrumenter;
      compileTypeScript();
      defineGlobals(isolateModules);
      // A mutant can cause errors after its test has ended. They must not end the worker.
      for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, () => undefined);
    },

    async dryRun({ testFiles }) {
      const tests = [];
      const files = [];
      for (const file of testFiles?.map((path) => relative(root, path)) ?? listTestFiles(root)) {
        const started = Date.now();
        tests.push(...(await runFile(file)));
        files.push({ file, durationMs: Date.now() - started, modules: loadedModules() });
      }
      files.sort((a, b) => a.durationMs - b.durationMs);
      writeFileSync(dryRunFile, JSON.stringify(files));
      return { status: DryRunStatus.Complete, tests, mutantCoverage: instrumenter.mutantCoverage };
    },

    async mutantRun({ activeMutant, testFilter, hitLimit, sandboxFileName }) {
      Object.assign(instrumenter, {
        activeMutant: activeMutant.id,
        hitLimit,
        hitCount: hitLimit ? 0 : undefined,
      });
      try {
        // For mutants that run while modules load, the filter is missing or contains the paths of test files.
        const testIds = (testFilter ?? []).filter((id) => !isAbsolute(id));
        const mutatedFile = relative(root, sandboxFileName);
        return await runUntilFailure(mutatedFile, testIds.length > 0 ? new Set(testIds) : undefined);
      } finally {
        Object.assign(instrumenter, { activeMutant: undefined, hitLimit: undefined, hitCount: undefined });
      }
    },
  };

  /** Calls `work` with fresh modules of the application, and restores those that were loaded before. */
  async function isolateModules(work) {
    const loaded = unloadApplication();
    try {
      await work();
    } finally {
      unloadApplication();
      Object.assign(load.cache, loaded);
    }
  }

  /** Removes the application's modules from the cache and returns them. */
  function unloadApplication() {
    const own = Object.entries(load.cache).filter(([path]) => path.startsWith(`${root}/`));
    for (const [path] of own) delete load.cache[path];
    return Object.fromEntries(own);
  }

  /** Runs the tests that reach the mutant, first those of the file with the same name. */
  async function runUntilFailure(mutatedFile, testIds) {
    let nrOfTests = 0;
    const namesake = `${basename(mutatedFile, '.ts')}.test.ts`;
    const files = JSON.parse(readFileSync(dryRunFile, 'utf8'))
      .filter(({ modules }) => modules.includes(mutatedFile))
      .map(({ file }) => file)
      .filter((file) => !testIds || [...testIds].some((id) => id.startsWith(`${file}: `)))
      .sort((a, b) => Number(basename(b) === namesake) - Number(basename(a) === namesake));
    for (const file of files) {
      const results = await runFile(file, testIds);
      nrOfTests += results.length;
      if (instrumenter.hitCount > instrumenter.hitLimit) return { status: MutantRunStatus.Timeout };
      const failed = results.find(({ status }) => status === TestStatus.Failed);
      if (failed) {
        const { id, failureMessage } = failed;
        return { status: MutantRunStatus.Killed, killedBy: [id], failureMessage, nrOfTests };
      }
    }
    return { status: MutantRunStatus.Survived, nrOfTests };
  }

  /** Runs a test file with fresh modules of the application, up to the first failure. */
  async function runFile(file, testIds) {
    const environment = { ...process.env };
    unloadApplication();
    const idOf = (test) => `${file}: ${titlesOf(test).join(' ')}`;
    let hasFailed = false;
    const onEvent = ({ name, test }) => {
      if (name === 'test_start') {
        if (hasFailed) test.mode = 'skip';
        instrumenter.currentTestId = idOf(test);
      } else if (name === 'test_done') {
        instrumenter.currentTestId = undefined;
        hasFailed ||= test.errors.length > 0;
      } else if (name === 'test_skip') instrumenter.currentTestId = undefined;
    };
    circus.resetState();
    circus.getState().testTimeout = TEST_TIMEOUT_MS;
    circus.addEventHandler(onEvent);
    try {
      load(join(root, file));
      const tests = listTests(circus.getState().rootDescribeBlock);
      if (testIds) for (const test of tests) if (!testIds.has(idOf(test))) test.mode = 'skip';
      const { unhandledErrors } = await circus.run();
      const results = tests
        .filter(({ status }) => status === 'done')
        .map((test) => toResult(file, idOf(test), test));
      return unhandledErrors.length > 0 ? [...results, toFailure(file, unhandledErrors[0])] : results;
    } catch (error) {
      return [toFailure(file, error)];
    } finally {
      circus.removeEventHandler(onEvent);
      instrumenter.currentTestId = undefined;
      globalThis.jest.restoreAllMocks();
      process.env = environment;
    }
  }

  function loadedModules() {
    const paths = Object.keys(load.cache).map((path) => relative(root, path));
    return paths.filter((path) => /^(functions|chat|aws)\//.test(path));
  }
}

function toResult(fileName, id, { errors, duration }) {
  const result = { id, name: id, fileName, timeSpentMs: duration ?? 0 };
  return errors.length === 0
    ? { ...result, status: TestStatus.Success }
    : { ...result, status: TestStatus.Failed, failureMessage: messageOf(errors[0]) };
}

/** A failure outside of a test, for example while a module is loaded. */
function toFailure(fileName, error) {
  const id = `${fileName}: loads and cleans up`;
  return {
    id,
    name: id,
    fileName,
    timeSpentMs: 0,
    status: TestStatus.Failed,
    failureMessage: messageOf(error),
  };
}

function messageOf(error) {
  const [cause] = [error].flat();
  return String(cause?.message ?? cause);
}

function listTestFiles(root) {
  const files = TEST_FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name)),
  );
  return [...files, ...OTHER_TEST_FILES];
}

function listTests(block) {
  return block.children.flatMap((child) => (child.type === 'test' ? [child] : listTests(child)));
}

function titlesOf({ name, parent }) {
  return parent ? [...titlesOf(parent), name] : [];
}

/** Compiles TypeScript as Jest does. */
function compileTypeScript() {
  const compiled = new Map();
  Module._extensions['.ts'] = (module, filename) => {
    if (!compiled.has(filename)) {
      const { code } = transformSync(readFileSync(filename, 'utf8'), { ...transformOptions, filename });
      compiled.set(filename, code);
    }
    module._compile(compiled.get(filename), filename);
  };
}

function defineGlobals(isolateModulesAsync) {
  const { afterAll, afterEach, beforeAll, beforeEach, describe, it, test } = circus.default ?? circus;
  const mocker = new ModuleMocker(globalThis);
  const jest = {
    fn: mocker.fn.bind(mocker),
    spyOn: mocker.spyOn.bind(mocker),
    restoreAllMocks: mocker.restoreAllMocks.bind(mocker),
    mocked: (value) => value,
    isolateModulesAsync,
  };
  Object.assign(globalThis, { afterAll, afterEach, beforeAll, beforeEach, describe, it, test, expect, jest });
}
