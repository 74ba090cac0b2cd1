/** The parts of the URI of an AWS service integration. */
export interface ServiceUri {
  /** The service, for example `dynamodb`. */
  readonly service: string;
  /** The part before the service. For example, the API ID in `API_ID.execute-api`. */
  readonly subdomain?: string;
  /** The action, for example `PutItem` in `action/PutItem`. */
  readonly action?: string;
  /** The path without a leading slash, for example `ACCOUNT/QUEUE` in `path/ACCOUNT/QUEUE`. */
  readonly path?: string;
}

/**
 * Parses the URI of an AWS service integration, `arn:aws:apigateway:REGION:[SUBDOMAIN.]SERVICE:action|path/VALUE`. Returns
 * undefined for other URIs.
 *
 * https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
 */
export function parseServiceUri(uri: string): ServiceUri | undefined {
  const [, subdomain, service, kind, value = ''] =
    /^arn:[\w-]+:apigateway:[\w-]*:(?:([\w-]+)\.)?([\w-]+):(action|path)\/(.*)$/s.exec(uri) ?? [];
  if (service === undefined) return undefined;
  return {
    service,
    ...(subdomain === undefined ? {} : { subdomain }),
    ...(kind === 'action' ? { action: value } : { path: value }),
  };
}
