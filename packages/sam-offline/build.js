// Builds dist/. Usage: node build.js [--if-stale | --types]
const { execFileSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} = require('node:fs');
const { dirname, join, relative } = require('node:path');

const SRC = join(__dirname, 'src');
const DIST = join(__dirname, 'dist');
/** The same delay as QUIET_MILLIS in src/system/slow-start.ts. */
const QUIET_MILLIS = 500;
/** Identifies the sources of the current build. */
const FINGERPRINT = join(DIST, '.fingerprint');

/** Each thread is a separate file, because Node.js starts a thread from a file. */
const ENTRY_POINTS = {
  cli: join(SRC, 'cli/main.ts'),
  index: join(SRC, 'index.ts'),
  testing: join(SRC, 'testing/index.ts'),
  worker: join(SRC, 'lambda/worker/index.ts'),
  'daemon-thread': join(SRC, 'traces/daemon-thread.js'),
};

/** Packages that are not bundled but installed with the release, because they contain native code or are loaded by path. */
const { dependencies } = require('./package.json');

/**
 * Bundles every entry point with the packages that it imports, because one file loads and installs faster than forty packages.
 * A release contains no unnecessary whitespace, and includes the licenses of these packages.
 */
async function build(isRelease = false) {
  const fingerprint = fingerprintSources();
  const esbuild = require('esbuild');
  const { outputFiles, metafile } = await esbuild.build({
    entryPoints: ENTRY_POINTS,
    outdir: DIST,
    absWorkingDir: __dirname, // esbuild resolves aliases from this folder
    bundle: true,
    external: Object.keys(dependencies),
    alias: { level: 'memory-level' }, // dynalite loads `level`, a native module, but sam-offline opens the stores itself
    platform: 'node',
    format: 'cjs',
    target: 'node20.19',
    minifyWhitespace: isRelease,
    metafile: true,
    write: false,
  });
  await esbuild.stop(); // otherwise, the esbuild process runs until this process ends
  for (const { path, contents } of outputFiles) replaceFile(path, contents);
  if (isRelease) replaceFile(join(DIST, 'LICENSES.txt'), collectLicenses(Object.keys(metafile.inputs)));
  replaceFile(FINGERPRINT, fingerprint);
}

/** Returns the licenses of the packages that contain the files. */
function collectLicenses(files) {
  const folders = files.map(
    (file) => /^.*node_modules[\\/](@[^\\/]+[\\/])?[^\\/]+/.exec(join(__dirname, file))?.[0],
  );
  const licenses = [...new Set(folders)].filter(Boolean).map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json')));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
    return `${name} ${version}: ${license}\n\n${text}\n`;
  });
  return licenses.sort().join(`\n${'-'.repeat(80)}\n\n`);
}

/** Builds dist/ if the sources have changed, and prints a line if the build takes more than half a second, for example at the first start in a clone. */
async function buildIfStale() {
  const built = existsSync(FINGERPRINT) ? readFileSync(FINGERPRINT, 'utf8') : '';
  if (built === fingerprintSources()) return;
  const announce = () => process.stderr.write(`Building sam-offline: ${relative(process.cwd(), SRC)} …\n`);
  const timer = setTimeout(announce, QUIET_MILLIS);
  await build().finally(() => clearTimeout(timer));
}

/** Writes the declarations of the public API into dist/types/. */
function buildTypes() {
  const typescript = dirname(require.resolve('typescript/package.json'));
  rmSync(join(DIST, 'types'), { recursive: true, force: true });
  execFileSync(process.execPath, [join(typescript, 'bin/tsc'), '-p', __dirname], { stdio: 'inherit' });
}

/** Returns a hash of the names, sizes and times of the source files. They change with the content, and are faster to read. */
function fingerprintSources() {
  const names = readdirSync(SRC, { recursive: true }).map((name) => join(SRC, name));
  const hash = createHash('sha256');
  for (const file of [__filename, join(__dirname, 'package.json'), ...names.sort()]) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/** Replaces a file atomically, so that processes that start in the meantime read either the old or the new file. */
function replaceFile(path, contents) {
  const temporary = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

module.exports = { buildIfStale };

async function main(option) {
  if (option === '--if-stale') return buildIfStale();
  await build(option === '--types');
  if (option === '--types') buildTypes();
}

if (require.main === module) main(process.argv[2]);
