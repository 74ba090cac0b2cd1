import type { WebSocket } from 'ws';

/** The parts of ws's receiver that the limit on single frames needs. They are private: the version is pinned. */
interface Receiver {
  _opcode: number;
  _payloadLength: number;
  haveLength(callback: (error: Error) => void): void;
  createError(
    type: typeof RangeError,
    message: string,
    prefix: boolean,
    closeCode: number,
    code: string,
  ): Error;
}

/**
 * Makes a function that limits the single frames a socket accepts: a larger one closes it with 1009.
 *
 * ws knows a limit for messages only, while API Gateway has one for frames too, so this steps in where ws has
 * just read a frame's length and before it buffers the payload. It must be called before the socket has read
 * anything, that is, inside the callback of `handleUpgrade`. A test sends frames on both sides of the limit.
 *
 * @throws Error where ws no longer has the method, so that an update of ws cannot lose the limit silently.
 */
export function frameLimiter(maxBytes: number): (socket: WebSocket) => void {
  let original: Receiver['haveLength'] | undefined;

  function haveLength(this: Receiver, callback: (error: Error) => void): void {
    const isData = this._opcode < 0x08;
    if (isData && this._payloadLength > maxBytes) {
      const message = `Frame larger than ${maxBytes} bytes`;
      callback(this.createError(RangeError, message, false, 1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'));
      return;
    }
    original?.call(this, callback);
  }

  return (socket) => {
    const receiver = (socket as unknown as { _receiver: Receiver })._receiver;
    original ??= receiver.haveLength;
    if (typeof original !== 'function' || typeof receiver.createError !== 'function') {
      throw new Error(
        'This version of ws has no Receiver.haveLength: the limit on frames needs another hook.',
      );
    }
    receiver.haveLength = haveLength;
  };
}

/**
 * The close code ws sent for an error in what a client sent, or undefined for other errors. ws keeps the code
 * to itself but documents the errors' own codes ("Error codes" in ws's API documentation).
 */
export function closeCodeOf(error: Error): number | undefined {
  const code = 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'WS_ERR_INVALID_UTF8':
      return 1007;
    case 'WS_ERR_TOO_MANY_BUFFERED_PARTS':
      return 1008;
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
    case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH':
      return 1009;
    default:
      return code.startsWith('WS_ERR_') ? 1002 : undefined;
  }
}
