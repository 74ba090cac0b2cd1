import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCacheFolder } from '../system/cache-folder';

/** Records the port of a running application, so that other commands can find the application by its template. */
export function recordPort(template: string, port: number): void {
  mkdirSync(getFolder(), { recursive: true });
  writeFileSync(getFile(template), JSON.stringify({ template, port, pid: process.pid }));
}

/** Deletes the record, unless another process has replaced it. */
export function deletePort(template: string): void {
  if (readRecord(template)?.pid === process.pid) rmSync(getFile(template), { force: true });
}

/** Returns the port of the most recently started application of a template. The application may have stopped since. */
export function findPort(template: string): number | undefined {
  return readRecord(template)?.port;
}

function readRecord(template: string): { port: number; pid: number } | undefined {
  try {
    return JSON.parse(readFileSync(getFile(template), 'utf8'));
  } catch {
    return undefined;
  }
}

function getFolder(): string {
  return join(getCacheFolder(), 'running');
}

function getFile(template: string): string {
  // On Windows, the case of the drive letter differs between terminals.
  const key = process.platform === 'win32' ? template.toLowerCase() : template;
  return join(getFolder(), `${createHash('sha256').update(key).digest('hex').slice(0, 16)}.json`);
}
