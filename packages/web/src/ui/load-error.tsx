import { Brand } from './brand';

/** Shows an error if the page cannot start. */
export function LoadError({ message }: { message: string }) {
  return (
    <main class="start">
      <Brand />
      <section class="card" role="alert">
        <p>{message}</p>
        <button type="button" class="primary" onClick={() => location.reload()}>
          Reload
        </button>
      </section>
    </main>
  );
}
