import { choosePort, fillPort } from '../src/cli/port-placeholder';

describe('fillPort', () => {
  it('replaces {port} in every parameter value', () => {
    const parameters = { A: 'http://localhost:{port}/a?{port}', B: 'b' };
    expect(fillPort(parameters, 3000)).toEqual({ A: 'http://localhost:3000/a?3000', B: 'b' });
  });
});

describe('choosePort', () => {
  it('returns the requested port', async () => {
    expect(await choosePort(3000, ['http://localhost:{port}'])).toBe(3000);
  });

  it('replaces port 0 with a free port if a value contains the placeholder', async () => {
    expect(await choosePort(0, ['a', 'http://localhost:{port}'])).toBeGreaterThan(1023);
  });

  it('returns port 0 if no value contains the placeholder', async () => {
    expect(await choosePort(0, ['a'])).toBe(0);
  });
});
