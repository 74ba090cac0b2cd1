import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AccountRates } from '../api-gateway/account-rates';
import { exceedsHeaderQuota } from '../http/header-quota';
import { takeClientName } from './client-name';
import type { FrameRecorder } from './frame-recorder';
import { rejectUpgrade } from './handshake';
import type { HandshakeFrames } from './handshake-frames';
import { createId } from './ids';
import type { Limits } from './limits';
import { describeThrottle } from './rejections';
import type { Stage, Stages } from './routes';

interface UpgradeOptions {
  readonly stages: Stages;
  readonly rates: AccountRates;
  readonly limits: Limits;
  readonly frames: FrameRecorder;
  readonly handshakes: HandshakeFrames;
  readonly isClosing: () => boolean;
  /** Performs the opening handshake of an admitted request. */
  readonly handshake: (stage: Stage, request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

type HandleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer, apiId?: string) => void;

/** The rejection of a request that cannot start a handshake. `reason` is for the developer. */
interface RejectedUpgrade {
  readonly code: number;
  readonly message: string;
  readonly reason: string;
}

/** Creates the handler of upgrade requests. It rejects the requests that API Gateway rejects before `$connect`. */
export function createUpgradeHandler(options: UpgradeOptions): HandleUpgrade {
  const { stages, frames, handshakes, handshake } = options;
  return (request, socket, head, apiId) => {
    const client = apiId === undefined ? takeClientName(request) : undefined;
    if (client !== undefined) handshakes.nameClient(request, client);
    const stage = stages.find((request.url ?? '/').replace(/\?.*$/s, ''), apiId);
    const admission = admit(options, stage, request);
    if (!('code' in admission)) return handshake(admission, request, socket, head);
    const { code, message, reason } = admission;
    const frame = frames.open({ connectionId: createId(), api: stage?.api, request, client });
    frames.update(frame, { state: 'failed', code, reason });
    rejectUpgrade(socket, code, { message });
  };
}

/** Returns the stage of the request, or a rejection if the handshake cannot start. */
function admit(
  { limits, rates, isClosing }: UpgradeOptions,
  stage: Stage | undefined,
  request: IncomingMessage,
): Stage | RejectedUpgrade {
  // API Gateway does not serve a stage without a deployment.
  if (!stage?.api.isDeployed) return reject(403, 'Forbidden', 'No deployed stage has this path.');
  if (isClosing()) return reject(503, 'Service Unavailable', 'The runtime is stopping.');
  if ((request.url ?? '/').length > limits.urlCharacters)
    return reject(414, 'URI Too Long', `The URL has more than ${limits.urlCharacters} characters.`);
  if (exceedsHeaderQuota(request)) {
    const reason = 'The headers exceed the quota of API Gateway.';
    return reject(431, 'Request Header Fields Too Large', reason);
  }
  if ((stage.connect && !stage.takeRequest(stage.connect)) || !rates.takeConnection())
    return reject(429, 'Too Many Requests', describeThrottle(stage.connect));
  return stage;
}

function reject(code: number, message: string, reason: string): RejectedUpgrade {
  return { code, message, reason };
}
