import { join } from 'node:path';
import { loadTemplate } from 'sam-offline';
import { root } from '../../testbed/template';

const { functions } = loadTemplate({ file: join(root, 'template.yaml') });
const environment = { ...process.env };

afterEach(() => {
  process.env = { ...environment };
});

describe('dependencies', () => {
  it.each(functions.map((model) => [model.handler, model] as const))(
    'creates only one client per service for %s',
    async (handler, model) => {
      Object.assign(process.env, model.environment, { AWS_REGION: 'us-east-1', POWERTOOLS_DEV: 'true' });
      const clients: string[] = [];
      await jest.isolateModulesAsync(async () => {
        const { tracer } = await import('../../aws/lambda/observability');
        jest.spyOn(tracer, 'captureAWSv3Client').mockImplementation((client) => {
          clients.push((client as object).constructor.name);
          return client;
        });
        await import(join(root, handler.replace(/\.\w+$/, '')));
      });
      expect(clients).toEqual([...new Set(clients)]);
    },
  );
});
