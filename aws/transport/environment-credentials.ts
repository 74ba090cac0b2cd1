import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Replaces the SDK's chain of credential providers in the bundles (`alias` in esbuild.json). Lambda passes the credentials of a
 * function's role in environment variables. The other providers make up a quarter of the bundle and are never used. The
 * variables do not change during the lifetime of an execution environment, so they are read only once.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export const defaultProvider = () => {
  const provide = fromEnv();
  let credentials: ReturnType<typeof provide> | undefined;
  return () => {
    credentials ??= provide();
    return credentials;
  };
};
