import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface Props {
  question: ComponentChildren;
  /** The subject of the question. */
  children?: ComponentChildren;
  /** The labels of the buttons. */
  labels: { cancel: string; confirm: string };
  problem?: string;
  cancel: () => void;
  confirm: () => void;
}

/**
 * Asks for a confirmation in a dialog. Immediately focuses the Cancel button, so that pressing Enter twice changes nothing.
 */
export function Confirmation({ question, children, labels, problem, cancel, confirm }: Props) {
  const cancelButton = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => cancelButton.current?.focus(), []);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields
    <div class="controls" role="group" aria-labelledby="question">
      <p id="question">{question}</p>
      {children}
      <div class="buttons">
        <button ref={cancelButton} type="button" class="secondary" onClick={cancel}>
          {labels.cancel}
        </button>
        <button type="button" class="danger" onClick={confirm}>
          {labels.confirm}
        </button>
      </div>
      <p class="problem bad" role="alert">
        {problem}
      </p>
    </div>
  );
}
