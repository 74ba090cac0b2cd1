// npm run admin -- token: prints a token for the local runtime that `npm start` starts.
import { join } from 'node:path';
import { createCommand, parsePositiveInteger, UsageError } from '../command-line';
import { loadDevelopmentKeys, signDevelopmentToken } from './token/development-issuer';

const FOLDER = join(__dirname, '..', '..', '.issuer');
const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };

const usage = `
Prints a token for clients of the application that "npm start" runs. Only this machine accepts the token:
its key pair is in the folder .issuer, and no deployed stack trusts it.

  npm run admin -- token --sub ada [options]

  --sub ID            subject: identifies the user
  --name NAME         display name
  --room NUMBER=ROLE  role in a room: owner, moderator, member or reader. Can be repeated.
  --admin             grant the rights of an owner in every room
  --ttl DURATION      period of validity, such as 90s, 15m, 1h or 1d. Default: 1h.
  --port PORT         port of the local runtime. Default: 3000.
  --help              show this text
`;

const options = {
  sub: { type: 'string' },
  name: { type: 'string' },
  room: { type: 'string', multiple: true },
  admin: { type: 'boolean' },
  ttl: { type: 'string', default: '1h' },
  port: { type: 'string', default: '3000' },
} as const;

export const run = createCommand({ usage, options }, async ({ sub, name, room = [], admin, ttl, port }) => {
  if (!sub) throw new UsageError('--sub is missing.');
  const issuer = `http://localhost:${parsePositiveInteger('port', port)}/development-issuer`;
  const token = await signDevelopmentToken(await loadDevelopmentKeys(FOLDER), issuer, parseDuration(ttl), {
    sub,
    ...(name === undefined ? {} : { name }),
    ...(room.length > 0 || admin
      ? { 'roomcast:rights': { ...(admin ? { admin } : {}), rooms: Object.fromEntries(room.map(parseRole)) } }
      : {}),
  });
  process.stdout.write(`${token}\n`);
});

function parseRole(text: string): [string, string] {
  const [room, role, ...rest] = text.split('=');
  if (!room || !role || rest.length > 0)
    throw new UsageError(
      `--room ${JSON.stringify(text)} is not valid. Use, for example, 483920117=moderator.`,
    );
  return [room, role];
}

function parseDuration(text: string): number {
  const [, amount = '', unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const seconds = SECONDS[unit];
  if (seconds === undefined)
    throw new UsageError(`--ttl ${JSON.stringify(text)} is not valid. Use, for example, 15m.`);
  return Number(amount) * seconds;
}
