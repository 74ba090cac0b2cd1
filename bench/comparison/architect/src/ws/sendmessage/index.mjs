export { handler } from '../../../../reference/at-once.mjs';
