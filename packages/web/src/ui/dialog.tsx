import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { CrossIcon } from './icons';
import { focusWithoutKeyboard } from './keyboard';

interface Props {
  title: string;
  /** `card`, or another class of the dialog. */
  class?: string;
  /** Called when the dialog is closed. */
  close: () => void;
  /** Receives a function that closes the dialog. Closing returns the focus to the control that opened the dialog. */
  children: (close: () => void) => ComponentChildren;
}

/** Shows a modal dialog. Escape or a click on the backdrop closes it. */
export function Dialog({ title, class: className = 'card', close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Opens before the next key press. Without this focus, `showModal` would focus the Close button.
  useLayoutEffect(() => {
    dialog.current?.showModal();
    focusWithoutKeyboard(dialog.current?.querySelector<HTMLElement>('input, select, textarea'));
  }, []);
  const hide = () => dialog.current?.close();
  const onClick = (event: MouseEvent) => {
    if (event.target === dialog.current) hide();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a modal dialog handles Escape
    <dialog ref={dialog} class={className} aria-labelledby="dialog-title" onClose={close} onClick={onClick}>
      <div class="heading">
        <h2 id="dialog-title">{title}</h2>
        <button type="button" class="icon" aria-label="Close" onClick={hide}>
          <CrossIcon />
        </button>
      </div>
      {children(hide)}
    </dialog>
  );
}
