import type { ThrottleModel } from '../../api-gateway/model';
import { readLimits } from '../../api-gateway/throttle-limits';
import type { PropertyMap } from '../../template/property-map';
import type { MethodDefinition } from './definition';

/** Returns the throttling limits of a method, if it has any. */
export type ReadThrottle = (method: Pick<MethodDefinition, 'path' | 'method'>) => ThrottleModel | undefined;

/**
 * Reads the `MethodSettings` of a stage. Settings of a method take precedence over the settings of all methods (`/*` and `*`).
 * Settings for logs, metrics and caches have no effect.
 *
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-apigateway-stage-methodsetting.html
 */
export function readMethodSettings(stage: PropertyMap): ReadThrottle {
  const settings = stage.getMaps('MethodSettings').map((entry) => {
    entry.checkKeys('method settings', {
      emulated: ['ResourcePath', 'HttpMethod', 'ThrottlingRateLimit', 'ThrottlingBurstLimit'],
      inert: [
        ...['CacheDataEncrypted', 'CacheTtlInSeconds', 'CachingEnabled', 'DataTraceEnabled', 'LoggingLevel'],
        'MetricsEnabled',
      ],
    });
    return {
      path: (entry.getString('ResourcePath') ?? '/*').replaceAll('~1', '/'),
      method: entry.getString('HttpMethod') ?? '*',
      limits: readLimits(entry, 'ThrottlingRateLimit', 'ThrottlingBurstLimit'),
    };
  });
  return ({ path, method }) => {
    const matching = settings.filter(
      (entry) => ['/*', '*', path].includes(entry.path) && ['*', method].includes(entry.method),
    );
    const specific = matching.find((entry) => entry.path === path) ?? matching[0];
    return specific?.limits;
  };
}
