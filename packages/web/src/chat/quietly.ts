/** A message that is refused shows in the log, by the room's event; and who leaves is out, whatever the answer. */
export function quietly(work: Promise<unknown> | undefined): void {
  work?.catch(() => undefined);
}
