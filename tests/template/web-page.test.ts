import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadTemplate } from 'sam-offline';
import { API_ORIGIN, pagePolicy, propertyOf, resourcesOf, root } from '../../testbed/template';

const file = join(root, 'web-page.yaml');
const WS_URL = 'wss://a1.execute-api.eu-west-1.amazonaws.com/production';
const urls = {
  WebSocketUrl: WS_URL,
  BroadcastUrl: 'https://b1.execute-api.eu-west-1.amazonaws.com/broadcastmessage',
};

describe('web-page.yaml', () => {
  const resources = resourcesOf(file);
  const app = loadTemplate({ file: join(root, 'template.yaml') });

  it('is the only template with resources that a new account may not create', () => {
    const types = Object.values(resourcesOf(join(root, 'template.yaml'))).map(({ Type }) => Type);
    expect(types.filter((type) => /S3|CloudFront/.test(type))).toEqual([]);
  });

  it('names its required parameters after outputs of the chat template', () => {
    const parameters = Object.entries(resourcesOf(file, 'Parameters'));
    const required = parameters.filter(([, parameter]) => !('Default' in parameter)).map(([name]) => name);
    expect(required).toEqual(['WebSocketUrl', 'BroadcastUrl']);
    expect(app.outputs.map(({ key }) => key)).toEqual(expect.arrayContaining(required));
  });

  it('defines the page that npm start serves with the URL of the chat', () => {
    const host = new URL(app.outputs.find(({ key }) => key === 'WebSocketUrl')?.value ?? '').host;
    expect(app.website).toEqual({
      logicalId: 'WebBucket',
      folder: join(root, 'packages/web/dist'),
      config: { webSocketUrl: 'WebSocketUrl' },
      headers: expect.objectContaining({
        'x-frame-options': 'DENY',
        'content-security-policy': expect.stringContaining(`connect-src 'self' wss://${host};`),
      }),
      build: {
        command: ['node', 'packages/web/build.mjs'],
        sources: expect.arrayContaining([join(root, 'packages/client/src')]),
      },
    });
  });

  it('allows only the distribution to read the bucket', () => {
    const { WebBucket, WebBucketPolicy, WebDistribution } = resources;
    expect(Object.values(propertyOf(WebBucket, 'PublicAccessBlockConfiguration'))).toEqual(
      Array(4).fill(true),
    );
    const [allow, deny] = propertyOf<{ Statement: object[] }>(WebBucketPolicy, 'PolicyDocument').Statement;
    expect(allow).toMatchObject({
      Principal: { Service: 'cloudfront.amazonaws.com' },
      Action: 's3:GetObject',
    });
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholders
    expect(JSON.stringify(allow)).toContain('distribution/${WebDistribution}');
    expect(deny).toMatchObject({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
    const { Origins, CacheBehaviors } = propertyOf<Record<string, object[]>>(
      WebDistribution,
      'DistributionConfig',
    );
    expect(Origins?.[0]).toMatchObject({ OriginAccessControlId: 'WebOriginAccess.Id' });
    expect(CacheBehaviors).toEqual([
      expect.objectContaining({ PathPattern: '/broadcastmessage', TargetOriginId: 'api' }),
    ]);
  });

  it('sends a Content-Security-Policy that allows only the files of the page and its API', () => {
    const policy = pagePolicy().split(/;\s*/);
    expect(Object.fromEntries(policy.map((each) => splitOnce(each, ' ')))).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self' data:",
      'font-src': "'self'",
      'manifest-src': "'self'",
      'connect-src': `'self' ${API_ORIGIN}`,
      'base-uri': "'none'",
      'form-action': "'self'",
      'frame-ancestors': "'none'",
    });
    const { DefaultCacheBehavior } = propertyOf<Record<string, object>>(
      resources.WebDistribution,
      'DistributionConfig',
    );
    expect(DefaultCacheBehavior).toMatchObject({
      ResponseHeadersPolicyId: 'WebHeaders',
      ViewerProtocolPolicy: 'redirect-to-https',
    });
  });

  it.each([
    [WS_URL, "connect-src 'self' wss://a1.execute-api.eu-west-1.amazonaws.com;"],
    ['wss://ws.example.com', "connect-src 'self' wss://ws.example.com;"],
  ])('allows the page to connect to the host of %s', (WebSocketUrl, directive) => {
    const { website } = loadTemplate({ file, parameters: { ...urls, WebSocketUrl } });
    expect(website?.headers?.['content-security-policy']).toContain(directive);
  });

  it('outputs the URL of the custom domain, or of CloudFront without a custom domain', () => {
    const url = (parameters: Record<string, string>) =>
      loadTemplate({ file, parameters: { ...urls, ...parameters } }).outputs.find(
        ({ key }) => key === 'WebPageUrl',
      )?.value;
    expect(url({})).toMatch(/^https:\/\/\w+\.cloudfront\.net\/$/);
    expect(url({ Domain: 'chat.example.com' })).toBe('https://chat.example.com/');
  });

  it('includes the stack ID in account-wide CloudFront names', () => {
    for (const [id, key] of [
      ['WebOriginAccess', 'OriginAccessControlConfig'],
      ['WebHeaders', 'ResponseHeadersPolicyConfig'],
    ] as const) {
      const { Name } = propertyOf<{ Name: unknown }>(resources[id], key);
      expect(JSON.stringify(Name)).toContain('AWS::StackId');
    }
  });

  // If test files triggered a build, a browser test that saves a screenshot would start one, and other tests would get the
  // build page.
  it('rebuilds the page after changes to its sources, but not to its tests', () => {
    const sources = app.website?.build?.sources ?? [];
    const others = readdirSync(join(root, 'packages/web')).filter(
      (name) => !sources.includes(join(root, 'packages/web', name)),
    );
    const unbuilt = ['LICENSE-UNICODE', 'dist', 'node_modules', 'test'];
    expect(others.filter((name) => !unbuilt.includes(name))).toEqual([]);
    expect(others).toContain('test');
    expect(sources.filter((source) => !existsSync(source))).toEqual([]);
  });
});

function splitOnce(text: string, by: string): [string, string] {
  const [first = '', ...rest] = text.split(by);
  return [first, rest.join(by)];
}
