import mark from '../images/mark.svg';

/** Shows the logo and the product name. */
export function Brand() {
  return (
    <h1 class="brand">
      <img src={mark} alt="" width="44" height="44" />
      Roomcast
    </h1>
  );
}
