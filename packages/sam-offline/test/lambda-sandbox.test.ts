import { join } from 'node:path';
import { lineSplitter } from '../src/lambda/lines';
import type { ErrorPayload } from '../src/lambda/protocol';
import { Sandbox } from '../src/lambda/sandbox';

test('a sandbox whose module never finishes loading times out', async () => {
  let sandbox: Sandbox | undefined;
  const error = await new Promise<ErrorPayload>((resolve, reject) => {
    sandbox = new Sandbox(
      {
        workerFile: join(__dirname, 'fixtures', 'lambda', 'silent-worker.js'),
        setup: { file: '', exportName: '', handler: '', functionArn: '', runtime: 'nodejs24.x', env: {} },
        memoryMb: 128,
        initTimeoutMillis: 20,
      },
      {
        ready: () => reject(new Error('ready')),
        initFailed: (_, reason) => resolve(reason),
        exited: () => reject(new Error('exited')),
        log: () => {},
      },
    );
  });
  await sandbox?.gone;
  expect(error).toEqual({
    errorType: 'Sandbox.Timedout',
    errorMessage: 'Task timed out after 0.02 seconds',
  });
});

test('lines are cut wherever the text is', () => {
  const lines: string[] = [];
  const splitter = lineSplitter((line) => lines.push(line));
  for (const text of ['a\nb', 'c\n\n', 'd']) splitter.push(text);
  expect(lines).toEqual(['a', 'bc', '']);
  splitter.flush();
  splitter.flush();
  expect(lines).toEqual(['a', 'bc', '', 'd']);
});
