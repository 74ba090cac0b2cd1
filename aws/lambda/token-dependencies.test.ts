import { AUDIENCE, type Issuer, startIssuer } from '../../testbed/issuer';
import { createVerifier } from './token-dependencies';

const environment = { ...process.env };

describe('createVerifier', () => {
  let issuer: Issuer;
  beforeAll(async () => {
    issuer = await startIssuer();
  });
  afterEach(() => {
    process.env = { ...environment };
  });
  afterAll(() => issuer.close());

  const configure = (variables: Record<string, string>) => Object.assign(process.env, variables);

  it('returns undefined without an issuer', () => {
    configure({ JWT_ISSUER: '', JWT_AUDIENCE: AUDIENCE });
    expect(createVerifier()).toBeUndefined();
  });

  it('requires the audience of an issuer', () => {
    configure({ JWT_ISSUER: issuer.url });
    expect(createVerifier).toThrow('The environment variable JWT_AUDIENCE is not set.');
  });

  it('verifies tokens of the issuer and the audience', async () => {
    configure({ JWT_ISSUER: issuer.url, JWT_AUDIENCE: AUDIENCE });
    const verifier = createVerifier();
    expect(await verifier?.verify(await issuer.sign())).toMatchObject({ sub: 'ada' });
    await expect(verifier?.verify(await issuer.sign({ aud: 'other' }))).rejects.toThrow('claim aud');
  });
});
