// Builds the page into dist/ or the given folder: node build.mjs [FOLDER]
//
// Each file is written to a temporary name and renamed, the HTML files last. A server can keep serving the folder during
// a build, and concurrent builds do not interfere with each other.
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

// In other modes, the bundler adds the source positions of JSX elements. A test runner that starts the build sets another mode.
process.env.NODE_ENV = 'production';

const folder = process.argv[2] ? resolve(process.argv[2]) : fileURLToPath(new URL('dist', import.meta.url));
const configFile = fileURLToPath(new URL('vite.config.mjs', import.meta.url));

const { output } = await build({ configFile, logLevel: 'warn', build: { write: false } }).catch(exit);
const files = output.map((part) => ({
  name: part.fileName,
  body: part.type === 'asset' ? part.source : part.code,
}));
const isPage = ({ name }) => name.endsWith('.html');
for (const file of [...files.filter((file) => !isPage(file)), ...files.filter(isPage)])
  await replaceFile(file);
await removeStaleFiles(files.map(({ name }) => name));

/** Prints the error without its stack, because the stack points to the bundler instead of the mistake. */
function exit({ message }) {
  console.error(message);
  process.exit(1);
}

async function replaceFile({ name, body }) {
  const path = join(folder, name);
  const temporaryPath = `${path}.${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(temporaryPath, body);
  await rename(temporaryPath, path);
}

/** Deletes files of earlier builds. Keeps temporary files, because a concurrent build may be writing them. */
async function removeStaleFiles(names) {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const isKept =
      names.includes(path.slice(folder.length + 1).replaceAll('\\', '/')) || /\.\d+$/.test(entry.name);
    if (entry.isFile() && !isKept) await rm(path, { force: true });
  }
}
