import { CrossIcon } from './icons';

/**
 * Shows a message until the user hides it. The element is always rendered, because screen readers announce only changes to
 * existing elements.
 */
export function Notice({ text, dismiss }: { text?: string; dismiss: () => void }) {
  return (
    <div class="dismissible" role="status">
      {text && (
        <>
          <p>{text}</p>
          <button type="button" class="icon" aria-label="Hide this notice" onClick={dismiss}>
            <CrossIcon />
          </button>
        </>
      )}
    </div>
  );
}
