// Builds the page into dist/, or into the folder that is named: node build.mjs [FOLDER]
//
// The pages themselves are put in their place last and at once, so that a server may go on serving the folder meanwhile,
// and two builds at once do each other no harm.
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const folder = process.argv[2] ? resolve(process.argv[2]) : fileURLToPath(new URL('dist', import.meta.url));
const configFile = fileURLToPath(new URL('vite.config.mjs', import.meta.url));

const { output } = await build({ configFile, logLevel: 'warn', build: { write: false } });
const files = output.map((part) => ({
  name: part.fileName,
  body: part.type === 'asset' ? part.source : part.code,
}));
const isPage = ({ name }) => name.endsWith('.html');
for (const file of [...files.filter((file) => !isPage(file)), ...files.filter(isPage)]) await put(file);
await removeOthers(files.map(({ name }) => name));

async function put({ name, body }) {
  const path = join(folder, name);
  const unfinished = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(unfinished, body);
  await rename(unfinished, path);
}

/** What earlier builds have left, except what another build is writing just now. */
async function removeOthers(names) {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const isKept =
      names.includes(path.slice(folder.length + 1).replaceAll('\\', '/')) || /\.\d+$/.test(entry.name);
    if (entry.isFile() && !isKept) await rm(path, { force: true });
  }
}
