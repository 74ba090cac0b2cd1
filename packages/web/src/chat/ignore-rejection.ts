/** Ignores a failed send or leave: the room's `outgoing` event reports failed sends, and leaving needs no reply. */
export function ignoreRejection(promise: Promise<unknown> | undefined): void {
  promise?.catch(() => undefined);
}
