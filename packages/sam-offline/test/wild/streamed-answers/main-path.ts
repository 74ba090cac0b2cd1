import { resolveOutputs } from '../../../src/app/endpoints';
import type { WildApp } from '../support';

/** Returns the parts of a body as they arrive. */
async function readParts(response: Response): Promise<string[]> {
  const parts: string[] = [];
  for await (const part of response.body ?? []) parts.push(Buffer.from(part).toString());
  return parts;
}

const app: WildApp = {
  inTheMannerOf: {
    name: 'aws-samples/serverless-patterns, lambda-streaming-ttfb-write-sam',
    url: 'https://github.com/aws-samples/serverless-patterns/tree/main/lambda-streaming-ttfb-write-sam',
  },
  async drive({ runtime, fetch: request }) {
    const { StoryUrl = '', RawUrl = '', PlainUrl = '' } = resolveOutputs(runtime.app, runtime.port);
    // Each is read at once, because parts that wait are joined.
    for (const start of [() => fetch(`${StoryUrl}a`), () => request('/Prod/story')]) {
      const response = await start();
      expect(response.status).toBe(201);
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      expect(response.headers.get('set-cookie')).toBe('a=1');
      expect(response.headers.get('x-path')).toMatch(/^\/(?:a|story)$/);
      expect(await readParts(response)).toEqual(['once ', 'upon']);
    }
    const raw = await fetch(RawUrl);
    expect([raw.headers.get('content-type'), await raw.text()]).toEqual(['text/plain', 'abstring']);
    const plain = await fetch(PlainUrl);
    expect([plain.status, await plain.text()]).toEqual([202, 'plain']);
    // A response that has begun is cut off.
    const failed = await fetch(`${StoryUrl}a?fail=1`);
    await expect(failed.text()).rejects.toThrow();
    const invoked = await runtime.call('lambda', 'Invoke', { FunctionName: runtime.app.functions[1]?.arn });
    expect(invoked.Payload).toBe('abstring');
  },
};

export default app;
