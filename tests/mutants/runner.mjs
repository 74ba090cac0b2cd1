// A test runner for Stryker. It runs the Jest tests of the functions in the worker process, with Jest's own test framework,
// assertions and mocks. Stryker's Jest runner takes several seconds per mutant: it starts Jest for every mutant and loads every
// test file that imports the mutated file, including the AWS SDK and the runtime. This runner keeps dependencies loaded and
// runs only test files that reach the mutant. It runs the fastest files first and stops at the first failure.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, isAbsolute, join, relative } from 'node:path';
import { declareFactoryPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, MutantRunStatus, TestStatus } from '@stryker-mutator/api/test-runner';
import { compileTypeScript, findRoot, isolateModules, listLoadedModules } from './application-modules.mjs';
import { instrumenter } from './instrumenter.mjs';
import { defineGlobals, runFile } from './run-file.mjs';

const TEST_FOLDERS = ['aws', 'chat', 'tests/integration'];
/** Test files that compare the protocol and server API schemas with the documents and the template. */
const OTHER_TEST_FILES = ['scripts/test/protocol-docs.test.ts', 'scripts/test/openapi.test.ts'];
/** The file with the results of the dry run. Stryker starts the other workers in the same folder, so they can read it. */
const DRY_RUN_FILE = '.dry-run.json';

export const strykerPlugins = [declareFactoryPlugin(PluginKind.TestRunner, 'circus', createRunner)];

function createRunner() {
  return {
    capabilities: () => ({ reloadEnvironment: true }),

    async init() {
      globalThis.__stryker__ = instrumenter;
      compileTypeScript();
      defineGlobals(isolateModules);
      // A mutant can cause errors after the test has ended. These errors must not terminate the worker.
      for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, () => undefined);
    },

    async dryRun({ testFiles }) {
      const tests = [];
      const files = [];
      for (const file of testFiles?.map((path) => relative(findRoot(), path)) ?? listTestFiles()) {
        const started = Date.now();
        tests.push(...(await runFile(file)));
        files.push({ file, durationMs: Date.now() - started, modules: listLoadedModules() });
      }
      files.sort((a, b) => a.durationMs - b.durationMs);
      writeFileSync(join(findRoot(), DRY_RUN_FILE), JSON.stringify(files));
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
        const mutatedFile = relative(findRoot(), sandboxFileName);
        return await runUntilFailure(mutatedFile, testIds.length > 0 ? new Set(testIds) : undefined);
      } finally {
        Object.assign(instrumenter, { activeMutant: undefined, hitLimit: undefined, hitCount: undefined });
      }
    },
  };
}

/** Runs the tests that reach the mutant. Starts with the test file that has the same name as the mutated file. */
async function runUntilFailure(mutatedFile, testIds) {
  let nrOfTests = 0;
  const namesake = `${basename(mutatedFile, '.ts')}.test.ts`;
  const files = JSON.parse(readFileSync(join(findRoot(), DRY_RUN_FILE), 'utf8'))
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

function listTestFiles() {
  const files = TEST_FOLDERS.flatMap((folder) =>
    readdirSync(join(findRoot(), folder), { recursive: true })
      .filter((name) => name.endsWith('.test.ts'))
      .map((name) => join(folder, name)),
  );
  return [...files, ...OTHER_TEST_FILES];
}
