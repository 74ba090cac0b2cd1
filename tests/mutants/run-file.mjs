// Runs one test file with Jest's test framework, assertions and mocks.
import { TestStatus } from '@stryker-mutator/api/test-runner';
import { expect } from 'expect';
import * as circus from 'jest-circus';
import { ModuleMocker } from 'jest-mock';
import { loadFile, unloadApplication } from './application-modules.mjs';
import { instrumenter } from './instrumenter.mjs';

const TEST_TIMEOUT_MS = 60_000;

/** Defines the globals that Jest provides to tests. */
export function defineGlobals(isolateModulesAsync) {
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

/** Runs a test file with newly loaded modules of the application. Stops at the first failure. */
export async function runFile(file, testIds) {
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
    loadFile(file);
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

function toResult(fileName, id, { errors, duration }) {
  const result = { id, name: id, fileName, timeSpentMs: duration ?? 0 };
  return errors.length === 0
    ? { ...result, status: TestStatus.Success }
    : { ...result, status: TestStatus.Failed, failureMessage: messageOf(errors[0]) };
}

/** Returns the result for a failure outside a test, for example during the load of a module. */
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

function listTests(block) {
  return block.children.flatMap((child) => (child.type === 'test' ? [child] : listTests(child)));
}

function titlesOf({ name, parent }) {
  return parent ? [...titlesOf(parent), name] : [];
}
