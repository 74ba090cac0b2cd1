import { AwsError, type JsonObject, runStateMachine } from 'sam-offline/testing';
import type { PostResult } from '../../functions/aws/api-gateway/connections-api';
import { type Batch, type BatchResult, postBatch } from '../../functions/aws/api-gateway/post-batch';
import { createMessageSent } from '../../functions/chat/events';
import { requiredShards, roomShard } from '../../functions/chat/rooms';
import type { Entry } from '../../functions/chat/types';
import { loadFanOut } from '../../tests/support/fan-out';
import {
  LAMBDA_CONCURRENCY,
  LATENCIES,
  POST_CPU_MS,
  POST_MEMORY_MB,
  REQUEST_BURST,
  REQUESTS_PER_SECOND,
  vcpusOf,
} from './assumptions';
import { createRandom, drawLatency, type Latency } from './random';
import { VirtualTime } from './virtual-time';

const ROOM = '483920117';
/** The parameter PostConcurrency. */
const POST_CONCURRENCY = 50;

export interface Scenario {
  members: number;
  /** The room's shards. Default: those of a room that has grown to its members. */
  shards?: number;
  /** Parameters of the template that differ from their defaults. */
  parameters?: Record<string, string>;
  /** Whether the post function has idle environments, as after another message. Default: true. */
  isWarm?: boolean;
  seed?: number;
}

/** The delivery of one message. Times are in milliseconds after the message was accepted. */
export interface Delivery {
  members: number;
  shards: number;
  /** The times at which clients received the message, sorted. */
  receipts: number[];
  /** The shortest possible time until the last receipt: at the account's request rate, without latency. */
  floorMs: number;
  /** Posts that API Gateway rejected with 429, most of which were repeated. */
  throttled: number;
  /** Connections that did not receive the message within the time for retries. */
  undelivered: number;
  /** The largest number of post functions that ran at the same time. */
  functions: number;
  /** Billed time of the post functions, in GB-seconds. */
  gbSeconds: number;
}

/** Simulates the fan-out of one message with the workflow's definition and the code of the post function. */
export async function simulateDelivery(scenario: Scenario): Promise<Delivery> {
  const { members, parameters = {}, isWarm = true, seed = 1 } = scenario;
  const shards = scenario.shards ?? requiredShards({ room: ROOM, shards: 1 }, members);
  const world = new SimulatedAccount(members, shards, seed, isWarm);
  const acceptedAt = world.time.now();
  const record = await world.time.run(async () => {
    await world.delay(LATENCIES.start);
    return runStateMachine({
      stateMachine: loadFanOut(parameters),
      input: { detail: createMessageSent(createEntry(acceptedAt), shards).detail },
      now: world.time.now,
      sleep: world.time.sleep,
      random: world.random,
      invoke: (service, action, input) => world.invoke(`${service}.${action}`, input),
    });
  });
  if (record.status !== 'SUCCEEDED') throw new Error(`The workflow failed: ${record.error} ${record.cause}`);
  const receipts = world.receipts.map((time) => time - acceptedAt).sort((a, b) => a - b);
  return {
    ...{ members, shards, receipts, throttled: world.throttled, undelivered: members - receipts.length },
    floorMs: floorOf(members),
    functions: world.maxFunctions,
    gbSeconds: (world.billedMs / 1000) * (POST_MEMORY_MB / 1024),
  };
}

/** Returns the time that the account's request rate needs for the posts, in milliseconds. */
function floorOf(members: number): number {
  return (1000 * Math.max(0, members - REQUEST_BURST)) / REQUESTS_PER_SECOND;
}

function createEntry(ts: number): Entry {
  return {
    ...{ room: ROOM, epoch: 'e', seq: 1, kind: 'message', messageId: '01ARZ3NDEKTSV4RRFFQ69G5FAV', ts },
    ...{ from: { userId: 'g-1', username: 'Ada' }, text: 'x'.repeat(200) },
  };
}

/** The services of one account, as far as the fan-out uses them. */
class SimulatedAccount {
  readonly time = new VirtualTime();
  readonly random: () => number;
  readonly receipts: number[] = [];
  throttled = 0;
  billedMs = 0;
  maxFunctions = 0;
  private functions = 0;
  private warmEnvironments: number;
  private tokens = REQUEST_BURST;
  private refilledAt: number;
  private readonly rows = new Map<string, JsonObject[]>();

  constructor(members: number, shards: number, seed: number, isWarm: boolean) {
    this.warmEnvironments = isWarm ? LAMBDA_CONCURRENCY : 0;
    this.random = createRandom(seed);
    this.refilledAt = this.time.now();
    for (let index = 0; index < members; index += 1) {
      const key = roomShard(ROOM, `g-${index}`, shards);
      const rows = this.rows.get(key) ?? [];
      this.rows.set(key, rows);
      const connectionId = { S: `${String(index).padStart(15, 'L')}=` };
      rows.push({ connectionId, room: { S: ROOM }, protocol: { S: 'roomcast.v1' } });
    }
  }

  delay(latency: Latency): Promise<void> {
    return this.time.sleep(drawLatency(this.random, latency));
  }

  async invoke(task: string, input: JsonObject): Promise<JsonObject> {
    await this.delay(LATENCIES.task);
    if (task === 'dynamodb.Query') return this.query(input);
    if (task === 'lambda.Invoke') return this.invokePost(input.Payload as Batch);
    throw new AwsError('AccessDeniedException', `The simulation has no ${task}.`);
  }

  private async query(input: JsonObject): Promise<JsonObject> {
    const key = (input.ExpressionAttributeValues as { ':shard': { S: string } })[':shard'].S;
    const { offset } = (input.ExclusiveStartKey ?? { offset: { N: '0' } }) as { offset: { N: string } };
    const rows = this.rows.get(key) ?? [];
    const end = Number(offset.N) + (input.Limit as number);
    const Items = rows.slice(Number(offset.N), end);
    await this.delay(LATENCIES.query);
    await this.time.sleep(Items.length * LATENCIES.queryRowMs);
    return { Items, ...(end < rows.length ? { LastEvaluatedKey: { offset: { N: String(end) } } } : {}) };
  }

  private async invokePost(batch: Batch): Promise<JsonObject> {
    if (this.functions >= LAMBDA_CONCURRENCY)
      throw new AwsError('TooManyRequestsException', 'Rate Exceeded.', 429);
    this.functions += 1;
    this.maxFunctions = Math.max(this.maxFunctions, this.functions);
    const startedAt = this.time.now();
    if (this.warmEnvironments > 0) this.warmEnvironments -= 1;
    else await this.delay(LATENCIES.coldStart);
    const result = await this.post(batch);
    this.billedMs += this.time.now() - startedAt;
    this.functions -= 1;
    this.warmEnvironments += 1;
    return { StatusCode: 200, Payload: result };
  }

  private post(batch: Batch): Promise<BatchResult> {
    const vcpus = vcpusOf(POST_MEMORY_MB);
    let cpuFreeAt = this.time.now() + POST_CPU_MS.invocation / vcpus;
    const post = async (): Promise<PostResult> => {
      const { now, sleep } = this.time;
      cpuFreeAt = Math.max(now(), cpuFreeAt) + POST_CPU_MS.post / vcpus;
      const isAllowed = this.takeToken();
      await sleep(cpuFreeAt - now() + drawLatency(this.random, LATENCIES.post));
      if (!isAllowed) return 'throttled';
      this.receipts.push(now());
      return 'delivered';
    };
    return postBatch(
      {
        poster: { post },
        concurrency: POST_CONCURRENCY,
        now: this.time.now,
        sleep: this.time.sleep,
        random: this.random,
        onPostFailed: (error) => {
          throw error;
        },
      },
      batch,
    );
  }

  /** The token bucket of the account's requests. */
  private takeToken(): boolean {
    const now = this.time.now();
    const refill = ((now - this.refilledAt) / 1000) * REQUESTS_PER_SECOND;
    this.tokens = Math.min(REQUEST_BURST, this.tokens + refill);
    this.refilledAt = now;
    if (this.tokens < 1) {
      this.throttled += 1;
      return false;
    }
    this.tokens -= 1;
    return true;
  }
}
