import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCacheFolder } from '../system/cache-folder';

/** Records the port of a running application, so that other commands find it by its template. */
export function recordPort(template: string, port: number): void {
  mkdirSync(getFolder(), { recursive: true });
  writeFileSync(getFile(template), JSON.stringify({ template, port, pid: process.pid }));
}

/** Deletes the record of this process. Another process may have replaced it. */
export function deletePort(template: string): void {
  if (readRecord(template)?.pid === process.pid) rmSync(getFile(template), { force: true });
}

/** Returns the port of the application that was started last with a template. It may have stopped since. */
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
  // On Windows, terminals differ in the case of the drive letter.
  const key = process.platform === 'win32' ? template.toLowerCase() : template;
  return join(getFolder(), `${createHash('sha256').update(key).digest('hex').slice(0, 16)}.json`);
}
