import { join } from 'node:path';
import { resourcesOf, root } from '../../testbed/template';
import { findUncheckedTypes } from './leftovers';

describe('findUncheckedTypes', () => {
  it('returns no type that the templates contain', () => {
    const types = ['template.yaml', 'web-page.yaml'].flatMap((file) =>
      Object.values(resourcesOf(join(root, file))).map(({ Type }) => Type),
    );
    const created = types.filter((type) => !type.startsWith('AWS::Serverless::'));
    expect(created.length).toBeGreaterThan(0);
    expect(findUncheckedTypes(created)).toEqual([]);
  });

  it('returns a new type once', () => {
    const types = [
      'AWS::SQS::Queue',
      'AWS::Kinesis::Stream',
      'AWS::SQS::QueuePolicy',
      'AWS::Kinesis::Stream',
    ];
    expect(findUncheckedTypes(types)).toEqual(['AWS::Kinesis::Stream']);
  });
});
