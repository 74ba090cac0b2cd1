import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startRuntime } from 'sam-offline';
import { median } from './median';

const ROOT = join(__dirname, '..');
const EDITS = 5;
/** The function that is invoked after each edit. */
const FUNCTION = 'SendmessageFunction';
const EDITED = 'chat/messages/send.ts';
const COPIED = [
  'functions',
  'chat',
  'aws',
  'statemachines',
  'template.yaml',
  'esbuild.json',
  'package.json',
  'tsconfig.json',
];

/** Measures the time from an edit of a source file until a function runs the new code, with and without --watch. */
export async function measureWatch() {
  const full = await openApp();
  const watched = await openApp();
  try {
    await watched.runtime.startWatching();
    await edit(full); // the first edits load the modules that only rebuilds need
    await edit(watched);
    const times = { full: [] as number[][], watched: [] as number[][] };
    for (let run = 0; run < EDITS; run += 1) {
      times.full.push(await edit(full));
      times.watched.push(await edit(watched));
    }
    const [fullReply, watchedReply] = [times.full, times.watched].map((runs) =>
      median(runs.map(([, t = 0]) => t)),
    );
    return [
      createRow('full build', times.full),
      createRow('--watch', times.watched),
      { build: 'ratio', 'to the reply, ms': Number(((fullReply ?? 0) / (watchedReply ?? 1)).toFixed(1)) },
    ];
  } finally {
    await full.close();
    await watched.close();
  }
}

/** Starts the application from a copy of the source files. */
async function openApp() {
  const folder = mkdtempSync(join(__dirname, 'watch-'));
  for (const name of COPIED) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  const runtime = await startRuntime({ template: join(folder, 'template.yaml'), port: 0 });
  return {
    runtime,
    folder,
    async close() {
      await runtime.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Edits the file. Returns the milliseconds until the build has ended and until the function has replied. */
async function edit({ runtime, folder }: Awaited<ReturnType<typeof openApp>>): Promise<[number, number]> {
  const name = runtime.app.functions.find(({ logicalId }) => logicalId === FUNCTION)?.name;
  appendFileSync(join(folder, EDITED), `export const edit${Date.now()} = 1;\n`);
  const startedAt = performance.now();
  await runtime.rebuild();
  const builtAt = performance.now();
  await runtime.call('lambda', 'Invoke', { FunctionName: name, Payload: {} });
  return [builtAt - startedAt, performance.now() - startedAt];
}

function createRow(build: string, runs: readonly number[][]) {
  const [built, replied] = [0, 1].map((i) => Math.round(median(runs.map((times) => times[i] ?? 0))));
  return { build, 'to the build, ms': built, 'to the reply, ms': replied };
}
