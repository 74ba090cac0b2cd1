import { exerciseRights, type Rights } from '../../scripts/rights/exercise';
import { describeLocally } from '../support/stack';

describeLocally('permissions', 'record of what each role is used for', () => {
  let rights: Rights[];

  beforeAll(async () => {
    rights = await exerciseRights();
  }, 120_000);

  it('are enforced for every function and the workflow', () => {
    expect(rights.filter(({ enforced }) => !enforced)).toEqual([]);
    expect(rights).toHaveLength(13);
  });

  it('include everything that the code needs', () => {
    const denied = rights.flatMap(({ logicalId, used }) =>
      used.filter((use) => use.denied).map(({ action, resource }) => ({ logicalId, action, resource })),
    );
    expect(denied).toEqual([]);
  });

  it('include nothing that the code does not need', () => {
    const surplus = rights.flatMap(({ logicalId, unused }) => unused.map((one) => ({ logicalId, ...one })));
    expect(surplus).toEqual([]);
  });
});
