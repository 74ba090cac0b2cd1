/** The parts of an AWS host name. */
export interface AwsHost {
  /** The runtime's name of the service, for example `dynamodb` or `execute-api`. */
  readonly service: string;
  /** The region. Absent for global hosts, for example `sts.amazonaws.com`. */
  readonly region?: string;
  /** The labels before the service, for example the API ID in `ID.execute-api.REGION.amazonaws.com`. */
  readonly prefix: string;
}

/**
 * The domains of AWS endpoints: standard, China, European Sovereign Cloud, dual-stack, and function URLs.
 * https://docs.aws.amazon.com/general/latest/gr/rande.html, and `dnsSuffix` in the partitions of the AWS SDKs
 */
const DOMAIN =
  /^(.+)\.(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|api\.aws|api\.amazonwebservices\.com\.cn|on\.aws)$/;

const REGION = /^[a-z]{2}(?:-[a-z]+)+-\d+$/;

/** Host labels that differ from the service name: account endpoints, host prefixes and older endpoints. */
const ALIASES: Readonly<Record<string, string>> = {
  ddb: 'dynamodb',
  queue: 'sqs',
  'sync-states': 'states',
};

/** Returns whether a host name belongs to an AWS endpoint. */
export function isAwsHost(host: string): boolean {
  return DOMAIN.test(host.toLowerCase());
}

/** Parses the host name of an AWS endpoint, with or without a port. Returns undefined for other hosts. */
export function parseAwsHost(host: string): AwsHost | undefined {
  const labels = DOMAIN.exec(host.toLowerCase().replace(/:\d+$/, ''))?.[1]?.split('.');
  if (!labels) return undefined;
  const region = labels.find((label) => REGION.test(label));
  const names = labels.filter((label) => label !== region && label !== 'dualstack' && label !== 'vpce');
  const name = (names.pop() ?? '').replace(/^fips-|-fips$/, '');
  return {
    service: Object.hasOwn(ALIASES, name) ? (ALIASES[name] as string) : name,
    ...(region === undefined ? {} : { region }),
    prefix: names.join('.'),
  };
}

/** Returns the host of a function URL in a Region: `ID.lambda-url.REGION.on.aws`. */
export function formatFunctionUrlHost(urlId: string, region: string): string {
  return `${urlId}.lambda-url.${region}.on.aws`;
}

/** Returns the host of an API in a Region: `ID.execute-api.REGION.amazonaws.com`. */
export function formatApiHost(apiId: string, region: string): string {
  return `${apiId}.execute-api.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}
