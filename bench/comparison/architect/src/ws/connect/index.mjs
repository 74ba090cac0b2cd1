export { connect as handler } from '../../../../reference/connections.mjs';
