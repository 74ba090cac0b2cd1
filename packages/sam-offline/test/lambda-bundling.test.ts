import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LambdaOptions } from '../src/lambda';
import type { FunctionModel } from '../src/lambda/model';
import { createOpener, fn } from './support/lambda';

const open = createOpener();

describe('function bundles', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lambda-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  const openFolder = (functions: FunctionModel[], more: Partial<LambdaOptions> = {}) =>
    open(
      functions.map((model) => ({ ...model, codeUri: folder })),
      { root: folder, ...more },
    );

  it('runs the other functions if some cannot be bundled, and returns the errors of Lambda for broken code', async () => {
    write('shared.ts', 'export const x = ;');
    write('a.ts', "export { x as handler } from './shared';");
    write('b.ts', "export { x as handler } from './shared';");
    write('c.ts', 'export const handler = async () => 1;');
    write('d.ts', "import './lost'; export const handler = async () => 1;");
    const functions = ['A', 'B', 'C', 'D'].map((id) => fn(id, `${id.toLowerCase()}.handler`));
    const onBuildFailure = jest.fn();
    const { invoke, lambda, lines } = await openFolder(functions, { onBuildFailure });
    const report = [
      'function A, B',
      'shared.ts:1:18: Unexpected ";"',
      '  1 | export const x = ;',
      '    |                  ^',
      'function D',
      'd.ts:1:8: Could not resolve "./lost"',
      `  1 | import './lost'; export const handler = async () => 1;`,
      '    |        ^^^^^^^^',
    ];
    expect(onBuildFailure.mock.calls).toEqual([[report.join('\n')]]);
    expect(lambda.listFailedFunctions()).toEqual(['A', 'B', 'D']);
    await lambda.warm(functions.filter(({ logicalId }) => logicalId === 'A'));
    expect(lines('stderr')).toEqual([]);
    expect(await invoke('C')).toEqual({ payload: 1 });
    // docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html
    expect(await invoke('A')).toMatchObject({
      functionError: 'Unhandled',
      payload: {
        errorType: 'Runtime.UserCodeSyntaxError',
        errorMessage: 'SyntaxError: shared.ts:1:18: Unexpected ";"',
      },
    });
    expect(await invoke('D')).toMatchObject({
      payload: {
        errorType: 'Runtime.ImportModuleError',
        errorMessage: 'Error: d.ts:1:8: Could not resolve "./lost"',
      },
    });
    for (const name of ['shared.ts', 'a.ts', 'd.ts']) expect(lambda.sources()).toContain(join(folder, name));

    write('shared.ts', 'export const x = async () => 2;');
    await lambda.rebuild();
    expect(await invoke('A')).toEqual({ payload: 2 });
    expect(onBuildFailure).toHaveBeenLastCalledWith(
      expect.stringMatching(/^function D\nd\.ts:1:8: Could not resolve "\.\/lost"\n {2}1 \| import/),
    );
    expect(lambda.listFailedFunctions()).toEqual(['D']);
  });

  it('runs the other ES modules if one module cannot be bundled', async () => {
    write('a.ts', 'export const handler = ;');
    write('b.ts', 'export const handler = async () => 1;');
    const bundleSettings = { format: 'esm', target: 'es2022' } as const;
    const { invoke } = await openFolder([fn('A', 'a.handler'), fn('B', 'b.handler')], { bundleSettings });
    expect(await invoke('A')).toMatchObject({ payload: { errorType: 'Runtime.UserCodeSyntaxError' } });
    expect(await invoke('B')).toEqual({ payload: 1 });
  });

  // docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
  it('finds packages and files of layers', async () => {
    const [first, second] = [join(folder, 'one'), join(folder, 'two')];
    mkdirSync(join(first, 'node_modules/shared'), { recursive: true });
    mkdirSync(second);
    write('one/node_modules/shared/index.js', "module.exports = 'package';");
    write('one/helper.js', "module.exports = 'hidden';");
    write('two/helper.js', "module.exports = 'file';");
    write('a.js', "exports.handler = async () => [require('shared'), require('/opt/nodejs/helper')];");
    const { invoke } = await openFolder([fn('A', 'a.handler', { layers: [first, second] })]);
    expect(await invoke('A')).toEqual({ payload: ['package', 'file'] });
  });

  it('reports a function without a source file', async () => {
    await expect(openFolder([fn('A', 'lost/a.handler')])).rejects.toThrow(/function A: handler .* not found/);
  });

  it('applies esbuild.json and rejects unsupported settings in it', async () => {
    write('a.ts', 'export const handler = async () => MODE;');
    write('esbuild.json', JSON.stringify({ define: { MODE: '"test"' }, target: 'node99' }));
    const { invoke, lambda } = await openFolder([fn('A', 'a.handler')]);
    expect((await invoke('A')).payload).toBe('test');
    await lambda.close();
    write('esbuild.json', JSON.stringify({ splitting: true }));
    await expect(openFolder([fn('A', 'a.handler')])).rejects.toThrow(
      'the setting splitting is not supported',
    );
  });

  it('can be ES modules and load external packages', async () => {
    const packages = join(folder, 'node_modules', 'outside');
    mkdirSync(packages, { recursive: true });
    writeFileSync(join(packages, 'package.json'), '{"name":"outside","exports":"./index.mjs"}');
    writeFileSync(join(packages, 'index.mjs'), 'export default 7;');
    write(
      'a.ts',
      "import seven from 'outside';\nconst value = await seven;\nexport const handler = async () => value;",
    );
    const { invoke } = await openFolder([fn('A', 'a.handler')], {
      bundleSettings: { format: 'esm', external: ['outside'], target: 'es2022' },
    });
    expect(await invoke('A')).toEqual({ payload: 7 });
  });

  it('runs new code after a rebuild, and keeps the old code after a failed rebuild', async () => {
    write('a.ts', 'export const handler = async () => 1;');
    const { invoke, lambda } = await openFolder([fn('A', 'a.handler')]);
    expect((await invoke('A')).payload).toBe(1);
    write('a.ts', 'export const handler = async () => 2;');
    await lambda.rebuild();
    expect((await invoke('A')).payload).toBe(2);
    write('a.ts', 'export const handler = ;');
    await expect(lambda.rebuild()).rejects.toThrow('a.ts:1:24: Unexpected ";"');
    expect((await invoke('A')).payload).toBe(2);
  });

  it('reports the first error of a failed rebuild with its line, until a build succeeds', async () => {
    write('a.ts', 'export const handler = async () => 1;');
    const { lambda } = await openFolder([fn('A', 'a.handler')]);
    expect(lambda.lastBuild()).toEqual({ number: 1 });
    write('a.ts', "const x = 1;\n\tconst é = 'é' x;\nexport const handler = ;");
    await expect(lambda.rebuild()).rejects.toThrow();
    expect(lambda.lastBuild()).toEqual({
      number: 2,
      error: expect.stringMatching(
        /^a\.ts:2:\d+: Expected ";" but found "x"\n {2}2 \| \tconst é = 'é' x;\n {4}\| \t {14}\^$/,
      ),
    });
    write('a.ts', "import './missing';\nimport './absent';");
    await expect(lambda.rebuild()).rejects.toThrow();
    expect(lambda.lastBuild().error).toBe(
      [
        'a.ts:1:8: Could not resolve "./missing"',
        "  1 | import './missing';",
        '    |        ^^^^^^^^^^^',
        'and 1 more',
      ].join('\n'),
    );
    write('a.ts', 'export const handler = async () => 2;');
    await lambda.rebuild();
    expect(lambda.lastBuild()).toEqual({ number: 4 });
  });

  it('deletes the bundles in close()', async () => {
    const bundles = () => readdirSync(tmpdir()).filter((name) => name.startsWith('sam-offline-'));
    const before = bundles();
    const { lambda } = await open([fn('echo', 'basics.echo')]);
    const created = bundles().filter((name) => !before.includes(name));
    expect(created.length).toBeGreaterThan(0);
    await lambda.close();
    // Other tests may create folders concurrently, so check only that one folder was deleted.
    expect(created.some((name) => !existsSync(join(tmpdir(), name)))).toBe(true);
  });
});
