import { collectPermissionUsage, type PermissionUsage } from '../../scripts/rights/exercise';
import { describeLocally } from '../support/stack';

describeLocally('permissions', 'record of what each role is used for', () => {
  let permissions: PermissionUsage[];

  beforeAll(async () => {
    permissions = await collectPermissionUsage();
  }, 120_000);

  it('are enforced for every function and the workflow', () => {
    expect(permissions.filter(({ enforced }) => !enforced)).toEqual([]);
    expect(permissions).toHaveLength(13);
  });

  it('include everything that the code needs', () => {
    const denied = permissions.flatMap(({ logicalId, used }) =>
      used.filter((use) => use.denied).map(({ action, resource }) => ({ logicalId, action, resource })),
    );
    expect(denied).toEqual([]);
  });

  it('include nothing that the code does not need', () => {
    const surplus = permissions.flatMap(({ logicalId, unused }) =>
      unused.map((one) => ({ logicalId, ...one })),
    );
    expect(surplus).toEqual([]);
  });
});
