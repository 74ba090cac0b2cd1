import { fillPort } from '../src/cli/port-placeholder';

describe('fillPort', () => {
  it('replaces {port} in every parameter value', async () => {
    const parameters = { A: 'http://localhost:{port}/a?{port}', B: 'b' };
    expect(await fillPort(parameters, 3000)).toEqual({
      port: 3000,
      parameters: { A: 'http://localhost:3000/a?3000', B: 'b' },
    });
  });

  it('selects a free port for port 0 if a value needs it', async () => {
    const { parameters, port } = await fillPort({ A: 'http://localhost:{port}' }, 0);
    expect(port).toBeGreaterThan(1023);
    expect(parameters.A).toBe(`http://localhost:${port}`);
  });

  it('keeps port 0 if no value needs it', async () => {
    expect(await fillPort({ A: 'a' }, 0)).toEqual({ port: 0, parameters: { A: 'a' } });
  });
});
