import { join } from 'node:path';
import { ExecutionEnvironment } from '../src/lambda/execution-environment';
import { createLineSplitter } from '../src/lambda/line-splitter';
import type { ErrorPayload } from '../src/lambda/worker/messages';

it('an execution environment times out if its module never finishes loading', async () => {
  let environment: ExecutionEnvironment | undefined;
  const error = await new Promise<ErrorPayload>((resolve, reject) => {
    environment = new ExecutionEnvironment(
      {
        workerFile: join(__dirname, 'fixtures', 'lambda', 'silent-worker.js'),
        setup: {
          ...{ file: '', exportName: '', handler: '', functionArn: '', runtime: 'nodejs24.x', env: {} },
          ...{
            awsPort: 1,
            clockOffsetMs: 0,
            isModule: false,
            memoryMb: 128,
            sourceMaps: false,
            taskRoot: '',
            modulePaths: [],
            layers: [],
          },
        },
        initTimeoutMillis: 20,
      },
      {
        onReady: () => reject(new Error('ready')),
        onInitFailed: (_, reason) => resolve(reason),
        onExit: () => reject(new Error('exited')),
        onFreeze: () => undefined,
        log: () => {},
      },
    );
  });
  await environment?.ended;
  expect(error).toEqual({
    errorType: 'Sandbox.Timedout',
    errorMessage: 'Task timed out after 0.02 seconds',
  });
});

it('a line splitter joins lines across chunks', () => {
  const lines: string[] = [];
  const splitter = createLineSplitter((line) => lines.push(line));
  for (const text of ['a\nb', 'c\n\n', 'd']) splitter.push(text);
  expect(lines).toEqual(['a', 'bc', '']);
  splitter.flush();
  splitter.flush();
  expect(lines).toEqual(['a', 'bc', '', 'd']);
});
