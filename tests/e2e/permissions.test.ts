import { collectPermissionUsage, type PermissionUsage } from '../../scripts/admin/rights/exercise';
import { describeLocallyAtLength } from '../support/stack';

describeLocallyAtLength('the template', 'record of the permissions that each role uses', () => {
  let permissions: PermissionUsage[];

  beforeAll(async () => {
    permissions = await collectPermissionUsage();
  }, 120_000);

  it('has an enforced role for every function, the workflow, and the rules that start the workflow', () => {
    expect(permissions.filter(({ enforced }) => !enforced)).toEqual([]);
    expect(permissions).toHaveLength(21);
  });

  it('grants every permission that the code needs', () => {
    const denied = permissions.flatMap(({ logicalId, used }) =>
      used.filter((use) => use.denied).map(({ action, resource }) => ({ logicalId, action, resource })),
    );
    expect(denied).toEqual([]);
  });

  it('grants no permission that the code does not need', () => {
    const surplus = permissions.flatMap(({ logicalId, unused }) =>
      unused.map((one) => ({ logicalId, ...one })),
    );
    expect(surplus).toEqual([]);
  });
});
