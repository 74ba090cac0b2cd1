import mark from '../images/mark.svg';

/** The name of the house, with its mark. */
export function Brand() {
  return (
    <h1 class="brand">
      <img src={mark} alt="" width="44" height="44" />
      Roomcast
    </h1>
  );
}
