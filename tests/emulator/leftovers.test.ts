import { join } from 'node:path';
import { resourcesOf, root } from '../support/template';
import { unwatched } from './leftovers';

describe('what sam delete may leave behind', () => {
  it('is looked for, whatever the template makes', () => {
    const types = Object.values(resourcesOf(join(root, 'template.yaml'))).map(({ Type }) => Type);
    const made = types.filter((type) => !type.startsWith('AWS::Serverless::'));
    expect(made.length).toBeGreaterThan(0);
    expect(unwatched(made)).toEqual([]);
  });

  it('is not, of a type that is new', () => {
    const types = [
      'AWS::SQS::Queue',
      'AWS::Kinesis::Stream',
      'AWS::SQS::QueuePolicy',
      'AWS::Kinesis::Stream',
    ];
    expect(unwatched(types)).toEqual(['AWS::Kinesis::Stream']);
  });
});
