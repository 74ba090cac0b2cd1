// Reads and combines the JSON reports of jest for `.ci/run`.
//
//   node .ci/reports.cjs failed REPORT         prints the paths of the failed test files
//   node .ci/reports.cjs messages REPORT       prints the names and errors of the failed tests
//   node .ci/reports.cjs merge REPORT REPEATED replaces the results of the repeated files in the first report
//   node .ci/reports.cjs sum FOLDER            prints the sum of all reports in a folder

const { readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { stripVTControlCharacters } = require('node:util');

/** Returns the paths of the test files that failed or did not run. */
function listFailedFiles({ testResults }) {
  return testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
}

const MAX_MESSAGE_LINES = 30; // longer messages print complete frames or items

/** Returns the name and the first error of each failed test, and the error of each file that did not run. */
function listMessages({ testResults }) {
  return testResults.flatMap(({ name, message = '', assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    const errors = failed.map(({ fullName, failureMessages: [error = ''] }) => `${fullName}\n${error}`);
    if (assertionResults.length === 0) errors.push(`${name}\n${message}`);
    return errors.map((error) => {
      const lines = stripVTControlCharacters(error).split('\n').slice(0, MAX_MESSAGE_LINES);
      return lines.join('\n  ');
    });
  });
}

/** Returns `report` with the results of each file in `repeated` replaced. */
function mergeReports(report, repeated) {
  const replaced = new Map(repeated.testResults.map((result) => [result.name, result]));
  return { ...report, testResults: report.testResults.map((result) => replaced.get(result.name) ?? result) };
}

/** Returns a line with the number of passed, failed and skipped tests. A file that did not run counts as a failed test. */
function formatSum(reports) {
  const files = reports.flatMap(({ testResults }) => testResults);
  const tests = files.flatMap(({ assertionResults }) => assertionResults);
  const count = (...statuses) => tests.filter(({ status }) => statuses.includes(status)).length;
  const broken = files.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return `${count('passed')} passed, ${count('failed') + broken.length} failed, ${count('pending', 'todo')} skipped`;
}

function main([command, first, second]) {
  const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
  const print = (text) => process.stdout.write(`${text}\n`);
  if (command === 'failed') for (const name of listFailedFiles(read(first))) print(name);
  if (command === 'messages') for (const message of listMessages(read(first))) print(`Failed: ${message}`);
  if (command === 'merge') writeFileSync(first, JSON.stringify(mergeReports(read(first), read(second))));
  if (command === 'sum') {
    const reports = readdirSync(first).filter((name) => name.endsWith('.json'));
    print(formatSum(reports.map((name) => read(join(first, name)))));
  }
}

if (require.main === module) main(process.argv.slice(2));

module.exports = { formatSum, listFailedFiles, listMessages, mergeReports };
