import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runApp, type WildApp } from './support';

/** Every folder with a `main-path.ts` is an application. */
const names = readdirSync(__dirname).filter((name) => existsSync(join(__dirname, name, 'main-path.ts')));

/** Slow, because each application has its own runtime. */
(process.env.LONG ? describe : describe.skip)('an application in the manner of a public template', () => {
  it.each(names)('%s runs its main path', async (name) => {
    const { default: app } = (await import(`./${name}/main-path`)) as { default: WildApp };
    await runApp(join(__dirname, name), app);
  });
});
