import { resolveOutputs } from '../../../src/app/endpoints';
import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws/aws-sam-cli-app-templates: nodejs22.x/hello-ts',
    url: 'https://github.com/aws/aws-sam-cli-app-templates',
  },
  async drive({ runtime, fetch: request }) {
    const address = resolveOutputs(runtime.app, runtime.port).HelloWorldApi ?? '';
    const response = await fetch(address);
    expect(response.headers.get('content-type')).toBe('application/json');
    const expected = { message: 'hello world', path: '/hello/', fullPath: '/Prod/hello/' };
    expect(await response.json()).toEqual(expected);
    // `sam local start-api` serves the paths without the stage.
    const local = await request('/hello');
    expect(await local.json()).toEqual({ ...expected, path: '/hello', fullPath: '/Prod/hello' });
    const missing = await request('/Prod/other');
    expect([missing.status, await missing.json()]).toEqual([
      403,
      { message: 'Missing Authentication Token' },
    ]);
    expect(missing.headers.get('x-amzn-errortype')).toBe('MissingAuthenticationTokenException');
    expect(runtime.overview()).toContainEqual({
      title: 'REST',
      address: `http://localhost:${runtime.port}/Prod`,
      items: ['GET /hello'],
      commands: [
        { label: 'Request GET /hello', command: `curl -i 'http://localhost:${runtime.port}/Prod/hello'` },
      ],
    });
  },
};

export default app;
