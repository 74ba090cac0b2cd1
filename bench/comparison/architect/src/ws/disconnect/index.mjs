export { disconnect as handler } from '../../../../reference/connections.mjs';
