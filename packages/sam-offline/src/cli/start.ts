import type { Runtime } from '../app/runtime';
import { printIfSlow } from '../system/slow-start';
import { createAsk } from './ask';
import type { StartArguments } from './command-line';
import { readEnvironmentFiles } from './environment-files';
import { limitHeapGrowth } from './heap-growth';
import { JSON_OUTPUT, TEXT_OUTPUT } from './output';
import { choosePort, fillPort } from './port-placeholder';
import { deletePort, recordPort } from './running-apps';
import { readSamConfig } from './samconfig';
import { listenForStop } from './stop-signal';
import { createSetupAuthorizer } from './trust';
import { watchFiles } from './watch';

/** Runs an application until the process receives a stop signal, then exits. */
export async function start(options: StartArguments): Promise<void> {
  const output = options.json ? JSON_OUTPUT : TEXT_OUTPUT;
  const { template } = options;
  const stop = listenForStop();
  let runtime: Runtime;
  let endStep = () => {};
  try {
    const config = readSamConfig(template, options.config);
    const environment = readEnvironmentFiles(template, options.envVars ?? config.envVars);
    // Imported after the signal handlers are registered, because loading these modules takes half of the startup time.
    const { startRuntime } = await import('../app/runtime');
    if (stop.aborted) process.exit(0);
    const values = [options.parameters, config.parameters].flatMap((parameters) => Object.values(parameters));
    const port = await choosePort(options.port, values);
    const region = process.env.AWS_REGION ?? config.region;
    runtime = await startRuntime({
      ...(region !== undefined && { region }),
      port,
      template,
      parameters: fillPort(options.parameters, port),
      parameterDefaults: fillPort(config.parameters, port),
      environment,
      values: options.values,
      served: { ...config.served, ...options.served },
      dataDirectory: options.data,
      lambdaConcurrency: options.lambdaConcurrency,
      environmentsPerFunction: options.environmentsPerFunction,
      strict: options.strict,
      seed: options.seed,
      install: options.install,
      authorizeSetup: createSetupAuthorizer({
        yes: options.yes,
        install: options.install,
        ask: options.json ? undefined : createAsk(stop),
        print: output.progress,
      }),
      ...(options.warm.length > 0 ? { warm: options.warm } : { warmIfDeclared: config.warm }),
      debugPort: options.debugPort,
      onProgress: output.progress,
      onBuild: (description) => {
        endStep = printIfSlow(description, output.progress);
      },
      onLog: output.log,
      onNotice: output.notice,
    });
  } catch (error) {
    // Ctrl+C also stops esbuild, which can cause the build to fail.
    if (stop.aborted) process.exit(0);
    throw error;
  } finally {
    endStep();
  }
  if (!stop.aborted) {
    recordPort(template, runtime.port);
    output.ready(runtime, options);
    limitHeapGrowth();
    if (options.watch) {
      watchFiles({ ...runtime, print: output.progress });
      void runtime.startWatching();
    }
    await new Promise((done) => stop.addEventListener('abort', done));
    deletePort(template);
  }
  await runtime.close();
  process.exit(0);
}
