import { useEffect, useRef } from 'preact/hooks';

const LONG_PRESS_MS = 500;
/** A finger that moves farther than this scrolls, in CSS pixels. */
const MAX_DISTANCE = 10;

/** Returns event handlers that call `onLongPress` when a finger rests on the element. Links keep the browser's menu. */
export function useLongPress(onLongPress: (() => void) | undefined) {
  const press = useRef<{ timer: number; x: number; y: number }>(undefined);
  const cancel = () => {
    clearTimeout(press.current?.timer);
    press.current = undefined;
  };
  useEffect(() => cancel, []);
  if (!onLongPress) return {};
  return {
    onPointerDown: (event: PointerEvent) => {
      cancel();
      if (event.pointerType !== 'touch' || isLink(event.target)) return;
      const timer = window.setTimeout(onLongPress, LONG_PRESS_MS);
      press.current = { timer, x: event.clientX, y: event.clientY };
    },
    onPointerMove: ({ clientX, clientY }: PointerEvent) => {
      const { x = clientX, y = clientY } = press.current ?? {};
      if (Math.hypot(clientX - x, clientY - y) > MAX_DISTANCE) cancel();
    },
    onPointerUp: cancel,
    onPointerCancel: cancel,
    onContextMenu: (event: Event) => {
      if (press.current && !isLink(event.target)) event.preventDefault();
    },
  };
}

function isLink(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('a') !== null;
}
