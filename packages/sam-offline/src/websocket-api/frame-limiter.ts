import type { WebSocket } from 'ws';

/** The private members of the ws receiver that the frame limit uses. The version of ws is pinned. */
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
 * Creates a function that limits the size of a socket's frames. A larger frame closes the socket with code 1009.
 *
 * ws limits only messages, but API Gateway also limits frames. The limit is checked after ws reads the length of a frame and
 * before ws buffers the payload. Call the function in the callback of `handleUpgrade`, before the socket reads data.
 *
 * @throws Error if ws does not have these private members. Otherwise, an update of ws could disable the limit without an error
 */
export function createFrameLimiter(maxBytes: number): (socket: WebSocket) => void {
  let original: Receiver['haveLength'] | undefined;

  function haveLength(this: Receiver, callback: (error: Error) => void): void {
    const isData = this._opcode < 0x08;
    if (isData && this._payloadLength > maxBytes) {
      const message = `The frame has ${this._payloadLength} bytes, and the limit is ${maxBytes} bytes`;
      callback(this.createError(RangeError, message, false, 1009, 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'));
      return;
    }
    original?.call(this, callback);
  }

  return (socket) => {
    const receiver = (socket as unknown as { _receiver: Receiver })._receiver;
    original ??= receiver.haveLength;
    if (typeof original !== 'function' || typeof receiver.createError !== 'function') {
      throw new Error('This version of ws has no Receiver.haveLength, which the frame limit requires.');
    }
    receiver.haveLength = haveLength;
  };
}

/**
 * Returns the close code that ws sends for an invalid frame, or undefined for other errors. ws does not expose the close code,
 * but documents the error codes ("Error codes" in the API documentation).
 */
export function getCloseCode(error: Error): number | undefined {
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
