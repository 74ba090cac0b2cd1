import { adviseProtection } from '../smoke/advise-protection';

describe('adviseProtection', () => {
  it('prints the command for a stack without protection', () => {
    expect(adviseProtection('chat', { ProtectData: 'false' })).toContain(
      '\n  sam build && sam deploy --stack-name chat --parameter-overrides ProtectData=true\n',
    );
  });

  it.each([{ ProtectData: 'true' }, undefined])('prints nothing for the parameters %j', (parameters) => {
    expect(adviseProtection('chat', parameters)).toBe('');
  });
});
