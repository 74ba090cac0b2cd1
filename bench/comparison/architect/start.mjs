// Starts AWS's sample chat in the sandbox of Architect. Prints "Ready on URL".
import sandbox from '@architect/sandbox';
import { findFreePorts, HOST } from '../servers/free-ports.mjs';

const [port, tablePort, internalPort] = await findFreePorts(3);
Object.assign(process.env, {
  ARC_TABLES_PORT: tablePort,
  ARC_INTERNAL_PORT: internalPort,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
});
await sandbox.start({
  cwd: import.meta.dirname,
  host: HOST,
  port,
  quiet: true,
  env: {
    TABLE_NAME: 'comparison-staging-connections',
    CALLBACK_URL: `http://${HOST}:${internalPort}/_arc/ws`,
    AWS_ENDPOINT_URL_DYNAMODB: `http://${HOST}:${tablePort}`,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  },
});
process.stdout.write(`Ready on http://${HOST}:${port}\n`);
