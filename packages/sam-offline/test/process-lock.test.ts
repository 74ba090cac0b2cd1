import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { acquireLock } from '../src/system/process-lock';

const name = `test ${process.pid}`;

it('a lock has one owner until it is released', async () => {
  const first = await acquireLock(name);
  expect(await acquireLock(name)).toBeUndefined();
  const other = await acquireLock(`${name} 2`);
  await first?.release();
  const second = await acquireLock(name);
  expect(second).toBeDefined();
  await Promise.all([second?.release(), other?.release()]);
});

it('a lock is released when its process is killed', async () => {
  const script = `require(${JSON.stringify(join(__dirname, '../src/system/process-lock.ts'))})
    .acquireLock(${JSON.stringify(name)}).then(() => { process.stdout.write('held'); setInterval(() => {}, 1000); })`;
  const holder = spawn(process.execPath, ['--import', 'tsx', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  expect(await acquireLock(name)).toBeUndefined();
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const lock = await acquireLock(name);
  expect(lock).toBeDefined();
  await lock?.release();
});
