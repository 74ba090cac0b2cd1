import { fromEnv } from '@aws-sdk/credential-provider-env';

/**
 * Replaces the SDK's chain of credential providers in the bundles (`alias` in esbuild.json). Lambda passes the credentials of a
 * function's role in environment variables, so the other providers, a quarter of the bundle, are never asked. The variables do not
 * change while an execution environment exists, so they are read once.
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
