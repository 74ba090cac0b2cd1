interface Props {
  /** The text that was not sent before the room disappeared. */
  unsentText: string;
  recreate: () => void;
}

/** Replaces the composer when the server no longer has the room. */
export function MissingRoom({ unsentText, recreate }: Props) {
  return (
    <section class="missing-room" role="alert">
      <p>
        <strong>This room no longer exists.</strong> The messages above are only on this page.
        {unsentText && ' A new room keeps the text that you have not sent:'}
      </p>
      {unsentText && (
        <p class="quote" dir="auto">
          {unsentText}
        </p>
      )}
      <button type="button" class="primary" onClick={recreate}>
        Create it again
      </button>
    </section>
  );
}
