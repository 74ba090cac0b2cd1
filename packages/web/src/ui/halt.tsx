import { Brand } from './brand';

/** Nothing can be done but to try again. */
export function Halt({ reason }: { reason: string }) {
  return (
    <main class="start">
      <Brand />
      <section class="card" role="alert">
        <p>{reason}</p>
        <button type="button" class="primary" onClick={() => location.reload()}>
          Reload
        </button>
      </section>
    </main>
  );
}
