import type { PropertyMap } from '../template/property-map';
import type { Stack } from '../template/stack/stack';
import type { StackResource } from '../template/stack/stack-resource';

const DISTRIBUTION = 'AWS::CloudFront::Distribution';
const POLICY = 'AWS::CloudFront::ResponseHeadersPolicy';

/**
 * Returns the headers that CloudFront adds to the files of a bucket. The default cache behavior of the bucket's distribution
 * refers to a response headers policy, which contains the headers. Names are in lower case. Without such a policy, the result
 * is empty.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-cloudfront-responseheaderspolicy-responseheaderspolicyconfig.html
 */
export function readResponseHeaders(bucket: StackResource, stack: Stack): Record<string, string> {
  const hosts = ['RegionalDomainName', 'DomainName'].map((name) => bucket.getAttribute(name));
  for (const { properties } of stack.listResourcesOf(DISTRIBUTION)) {
    const config = properties.getMap('DistributionConfig');
    const behavior = config?.getMap('DefaultCacheBehavior');
    const originId = behavior?.getString('TargetOriginId');
    const origin = config?.getMaps('Origins').find((each) => each.getString('Id') === originId);
    if (!origin || !hosts.includes(origin.getString('DomainName'))) continue;
    const policyId = behavior?.getString('ResponseHeadersPolicyId');
    const policy = stack.listResourcesOf(POLICY).find(({ refValue }) => refValue === policyId);
    if (!policy) continue;
    policy.markEmulated();
    return readPolicy(policy.properties.requireMap('ResponseHeadersPolicyConfig'));
  }
  return {};
}

function readPolicy(config: PropertyMap): Record<string, string> {
  config.checkKeys('ResponseHeadersPolicyConfig', {
    emulated: ['SecurityHeadersConfig', 'CustomHeadersConfig'],
    inert: ['Name', 'Comment', 'ServerTimingHeadersConfig', 'RemoveHeadersConfig'],
    unsupported: { CorsConfig: 'The files are served without CORS headers.' },
  });
  const custom = config.getMap('CustomHeadersConfig')?.getMaps('Items') ?? [];
  return {
    ...readSecurityHeaders(config.getMap('SecurityHeadersConfig')),
    ...Object.fromEntries(
      custom.map((item) => [item.requireString('Header').toLowerCase(), item.requireString('Value')]),
    ),
  };
}

function readSecurityHeaders(config: PropertyMap | undefined): Record<string, string> {
  const frame = config?.getMap('FrameOptions')?.getString('FrameOption');
  const csp = config?.getMap('ContentSecurityPolicy')?.getString('ContentSecurityPolicy');
  const referrer = config?.getMap('ReferrerPolicy')?.getString('ReferrerPolicy');
  const transport = config?.getMap('StrictTransportSecurity');
  const xss = config?.getMap('XSSProtection');
  return {
    ...(csp === undefined ? {} : { 'content-security-policy': csp }),
    ...(config?.has('ContentTypeOptions') ? { 'x-content-type-options': 'nosniff' } : {}),
    ...(frame === undefined ? {} : { 'x-frame-options': frame }),
    ...(referrer === undefined ? {} : { 'referrer-policy': referrer }),
    ...(transport ? { 'strict-transport-security': formatTransportSecurity(transport) } : {}),
    ...(xss ? { 'x-xss-protection': formatXssProtection(xss) } : {}),
  };
}

function formatTransportSecurity(settings: PropertyMap): string {
  return [
    `max-age=${settings.requireString('AccessControlMaxAgeSec')}`,
    ...(settings.getBoolean('IncludeSubdomains') ? ['includeSubDomains'] : []),
    ...(settings.getBoolean('Preload') ? ['preload'] : []),
  ].join('; ');
}

function formatXssProtection(settings: PropertyMap): string {
  if (!settings.getBoolean('Protection')) return '0';
  const report = settings.getString('ReportUri');
  return [
    '1',
    ...(settings.getBoolean('ModeBlock') ? ['mode=block'] : []),
    ...(report === undefined ? [] : [`report=${report}`]),
  ].join('; ');
}
