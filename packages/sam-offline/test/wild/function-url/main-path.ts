import { resolveOutputs } from '../../../src/app/endpoints';
import type { WildApp } from '../support';

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/serverless-patterns, lambda-function-url',
    url: 'https://github.com/aws-samples/serverless-patterns/tree/main/lambda-function-url',
  },
  async drive({ runtime }) {
    const { GreetUrl = '', NameUrl = '' } = resolveOutputs(runtime.app, runtime.port);
    const response = await fetch(`${GreetUrl}hello?word=hi`, { headers: { origin: 'https://app.example' } });
    expect(await response.json()).toEqual({ greeting: 'hi Ada', rawPath: '/hello', isSigned: true });
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example');
    expect((await fetch(NameUrl)).status).toBe(403);
  },
};

export default app;
