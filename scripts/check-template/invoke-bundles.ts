// Starts the local runtime with the output of `sam build`. Invokes each function once with its sample event.
import { readFileSync } from 'node:fs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { startRuntime } from 'sam-offline';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

async function main(): Promise<void> {
  const runtime = await startRuntime({ template: '.aws-sam/build/template.yaml', port: 0 });
  const lambda = new LambdaClient({
    region: runtime.app.region,
    endpoint: `http://127.0.0.1:${runtime.port}`,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    for (const { name, logicalId, handler } of runtime.app.functions) {
      const sample = `events/${handler.replace(/^.*\/|\.[^.]+$/g, '')}.json`;
      const Payload = readFileSync(sample);
      const { FunctionError, Payload: result } = await lambda.send(
        new InvokeCommand({ FunctionName: name, Payload }),
      );
      const text = Buffer.from(result ?? []).toString();
      if (FunctionError) throw new Error(`${logicalId} failed with ${sample}: ${text}`);
      process.stdout.write(`${logicalId}  ${sample}  ${text}\n`);
    }
  } finally {
    lambda.destroy();
    await runtime.close();
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
