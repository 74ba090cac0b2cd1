import { syncBuiltinESMExports } from 'node:module';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { isAwsHost } from '../../aws/aws-host';

/** The options of `net.connect` and `tls.connect` that this module reads. */
interface ConnectOptions {
  readonly host?: string;
  readonly port?: number | string;
  readonly path?: string | null;
  readonly servername?: string;
  readonly socket?: unknown;
  readonly ALPNProtocols?: unknown;
  readonly [name: string]: unknown;
}

type Callback = (() => void) | undefined;

/** The `tls.connect` options that also apply to plain connections. */
const SHARED_OPTIONS = [
  ...['allowHalfOpen', 'highWaterMark', 'keepAlive', 'keepAliveInitialDelay', 'noDelay', 'signal', 'timeout'],
];

/**
 * Redirects connections to AWS hosts to the local runtime, so that functions do not need an endpoint variable or a client
 * option. This works for all HTTP clients, because `http`, `https`, `http2`, fetch and the SDKs use `net` and `tls`. The
 * runtime identifies the service by the `Host` header.
 *
 * TLS connections become plain connections that look encrypted to the client, because the runtime has no certificate for AWS
 * hosts.
 */
export function redirectAwsHosts(port: number): void {
  const connectSocket = net.Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;
  const connectTls = tls.connect as (...args: unknown[]) => Socket;

  net.Socket.prototype.connect = function connect(this: Socket, ...args: unknown[]) {
    // `net.connect` passes an array that contains the options and the callback.
    const isNormalized = Array.isArray(args[0]);
    const [options, callback] = isNormalized ? (args[0] as [ConnectOptions, Callback]) : normalize(args);
    if (!isAwsAddress(options)) return connectSocket.apply(this, args);
    if (!isHttpPort(options.port)) return fail(this, options);
    const local = { ...options, host: '127.0.0.1', port, localAddress: undefined, family: 4 };
    return connectSocket.call(this, local, callback);
  };

  tls.connect = ((...args: unknown[]) => {
    const [options, callback] = normalize(args);
    if (options.socket || !isAwsAddress(options)) return connectTls(...args);
    const { ALPNProtocols: protocols } = options;
    if (Array.isArray(protocols) && !protocols.includes('http/1.1')) return fail(new net.Socket(), options);
    const shared = SHARED_OPTIONS.filter((name) => options[name] !== undefined);
    const plain = Object.fromEntries(shared.map((name) => [name, options[name]]));
    const { host, port: wanted = 443 } = options;
    const socket = net.connect({ ...plain, host: host as string, port: Number(wanted) });
    return disguise(socket, options.servername ?? host ?? '', callback);
  }) as typeof tls.connect;

  // Updates named imports in ES modules, because they are copies.
  syncBuiltinESMExports();
}

/** Normalizes `(options, callback)` and `(port, host, options, callback)`. */
function normalize(args: readonly unknown[]): [ConnectOptions, Callback] {
  const callback = args.findLast((arg): arg is () => void => typeof arg === 'function');
  const options = args.find((arg): arg is ConnectOptions => typeof arg === 'object' && arg !== null);
  const [port, host] = args;
  if (typeof port === 'object') return [options ?? {}, callback];
  return [{ ...options, port: port as number, ...(typeof host === 'string' ? { host } : {}) }, callback];
}

function isAwsAddress({ host, path }: ConnectOptions): boolean {
  return typeof host === 'string' && !path && isAwsHost(host);
}

/**
 * Returns whether a port is an HTTP or HTTPS port. Databases and caches use other ports, for example
 * `….rds.amazonaws.com:5432`.
 */
function isHttpPort(port: ConnectOptions['port']): boolean {
  return ['80', '443'].includes(String(port));
}

/** Destroys the socket with an error. Like a refused connection, it fails after the caller has added its listeners. */
function fail(socket: Socket & { connecting: boolean }, { host, port }: ConnectOptions): Socket {
  const address = `${host}:${port ?? 443}`;
  const error = new Error(`The local runtime emulates only services with HTTP/1.1, not ${address}.`);
  socket.connecting = true;
  setImmediate(() => socket.destroy(error));
  return socket;
}

/** Adds the TLS socket members that HTTP clients read to a plain socket. */
function disguise(socket: Socket, servername: string, callback: Callback): Socket {
  Object.assign(socket, {
    encrypted: true,
    authorized: true,
    authorizationError: null,
    alpnProtocol: false,
    servername,
    getCipher: () => ({ name: 'TLS_AES_128_GCM_SHA256', version: 'TLSv1.3' }),
    getPeerCertificate: () => ({ subject: { CN: servername }, subjectaltname: `DNS:${servername}` }),
    getProtocol: () => 'TLSv1.3',
    getSession: () => undefined,
    isSessionReused: () => false,
    setServername: () => undefined,
  });
  if (callback) socket.once('secureConnect', callback);
  return socket.once('connect', () => socket.emit('secureConnect'));
}
