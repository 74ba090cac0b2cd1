import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { resourcesOf, root } from '../../testbed/template';

const PACKAGES = [
  '@aws-lambda-powertools/logger',
  '@aws-lambda-powertools/metrics',
  '@aws-lambda-powertools/tracer',
  '@aws-sdk/client-apigatewaymanagementapi',
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/client-eventbridge',
  '@aws-sdk/client-secrets-manager',
  '@aws-sdk/lib-dynamodb',
  'jose',
  'zod',
];

/** The names of functions by the package that their bundles contain. */
type Table = Record<string, string[]>;

/** Returns the packages in the bundle of each function, by the file name in `functions/`. */
async function bundleFunctions(): Promise<Map<string, Set<string>>> {
  const handlers = Object.values(resourcesOf(join(root, 'template.yaml')))
    .filter(({ Type }) => Type === 'AWS::Serverless::Function')
    .map(({ Properties }) => String(Properties?.Handler).replace(/\.\w+$/, ''));
  const settings: BuildOptions = JSON.parse(readFileSync(join(root, 'esbuild.json'), 'utf8'));
  const { metafile } = await build({
    ...settings,
    absWorkingDir: root,
    entryPoints: handlers.map((handler) => `${handler}.ts`),
    outdir: 'unused',
    bundle: true,
    minify: false,
    sourcemap: false,
    write: false,
    metafile: true,
  });
  return new Map(
    Object.values(metafile.outputs).map(({ entryPoint = '', inputs }) => [
      entryPoint.replace(/^functions\/|\.ts$/g, ''),
      new Set(
        Object.entries(inputs)
          .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
          .flatMap(([file]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []),
      ),
    ]),
  );
}

/**
 * Reads the table of packages in the architecture document. A cell with functions contains a list, `all`, or `all except` and a
 * list.
 */
function readDocumentedTable(names: readonly string[]): Table {
  const document = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const [, section = ''] = document.split('| package | functions |\n|---|---|\n');
  const quoted = (text: string) => [...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  const [rows = ''] = section.split('\n\n');
  return Object.fromEntries(
    rows.split('\n').flatMap((row) => {
      const [, packages = '', functions = ''] = row.split('|');
      const listed = quoted(functions);
      const included = functions.trim().startsWith('all')
        ? names.filter((name) => !listed.includes(name))
        : listed;
      return quoted(packages).map((name) => [name, included]);
    }),
  );
}

describe('the bundles of the functions', () => {
  let bundles: Map<string, Set<string>>;
  beforeAll(async () => {
    bundles = await bundleFunctions();
  });

  it.each(PACKAGES)('contains %s as documented', (name) => {
    const functions = [...bundles].filter(([, packages]) => packages.has(name)).map(([file]) => file);
    const documented = readDocumentedTable([...bundles.keys()])[name];
    expect(functions.sort()).toEqual(documented?.sort());
  });

  it('contains one credential provider instead of the default chain of the SDK', () => {
    for (const [file, packages] of bundles) {
      const providers = [...packages].filter((name) =>
        /credential-provider|token-providers|nested-clients/.test(name),
      );
      expect([file, providers]).toEqual([file, ['@aws-sdk/credential-provider-env']]);
    }
  });
});
