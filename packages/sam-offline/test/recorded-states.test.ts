import { AwsError } from '../src/core/service';
import { readRecorded, toMatcher } from './support/recorded';
import { harness, only } from './support/states';

interface RecordedFailure {
  readonly resource: string;
  readonly throws?: { readonly code: string; readonly message: string; readonly status: number };
  readonly returnsBytes?: number;
  readonly error: string;
  readonly cause: string;
}

const argumentsOf = (resource: string) =>
  resource.endsWith('lambda:invoke')
    ? { FunctionName: 'fn' }
    : { TableName: 'T', ...(resource.endsWith('putItem') ? { Item: {} } : { Key: {} }) };

describe('recorded failures of tasks', () => {
  it.each(Object.entries(readRecorded<RecordedFailure>('step-functions')))(
    'have the same name and cause: %s',
    async (_name, { resource, throws, returnsBytes, error, cause }) => {
      const task = only({ Type: 'Task', Resource: resource, Arguments: argumentsOf(resource) });
      const { run } = harness(task, () => {
        if (throws) throw new AwsError(throws.code, throws.message, throws.status);
        return { StatusCode: 200, Payload: 'x'.repeat(returnsBytes ?? 0) };
      });
      expect(await run()).toMatchObject({ status: 'FAILED', error, cause: toMatcher(cause) });
    },
  );
});
