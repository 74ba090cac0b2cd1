import { AwsError, type JsonObject } from 'sam-offline/testing';
import type { Batch } from '../../aws/api-gateway/batch';
import type { PostResult } from '../../aws/api-gateway/connections-api';
import { type BatchResult, postBatch } from '../../aws/api-gateway/post-batch';
import { createSlowConnections } from '../../aws/api-gateway/slow-connections';
import { roomShard } from '../../chat/rooms/room-keys';
import { loadPostSettings } from '../../testbed/fan-out';
import { createRandom, drawLatency, type Latency } from '../../testbed/random';
import { VirtualTime } from '../../testbed/virtual-time';
import {
  LAMBDA_CONCURRENCY,
  LATENCIES,
  POST_CPU_MS,
  POST_MEMORY_MB,
  REQUEST_BURST,
  REQUESTS_PER_SECOND,
  vcpusOf,
} from './assumptions';
import { ROOM, type Scenario } from './scenario';

/** Simulates the services of one account that the fan-out uses. */
export class SimulatedAccount {
  readonly time = new VirtualTime();
  readonly random: () => number;
  readonly receipts: number[] = [];
  /** The number of messages in the dead-letter queue. */
  deadLetters = 0;
  throttled = 0;
  billedMs = 0;
  maxFunctions = 0;
  private functions = 0;
  private warmEnvironments: number;
  private tokens = REQUEST_BURST;
  private refilledAt: number;
  private readonly members: number;
  private readonly lambdaConcurrency: number;
  private readonly postSettings: ReturnType<typeof loadPostSettings>;
  /**
   * The members of each index key. Queries create the rows on demand, because the rows of a large room would use hundreds of
   * megabytes.
   */
  private readonly membersOfKey = new Map<string, number[]>();

  constructor(
    { members, settings, isWarm = true, lambdaConcurrency = LAMBDA_CONCURRENCY, seed = 1 }: Scenario,
    shards: number,
    private readonly onProgress: (share: number) => void = () => undefined,
  ) {
    this.members = members;
    this.lambdaConcurrency = lambdaConcurrency;
    this.postSettings = loadPostSettings(settings);
    this.warmEnvironments = isWarm ? lambdaConcurrency : 0;
    this.random = createRandom(seed);
    this.refilledAt = this.time.now();
    for (let member = 0; member < members; member += 1) {
      const key = roomShard(ROOM, `g-${member}`, shards);
      const membersOfKey = this.membersOfKey.get(key);
      if (membersOfKey) membersOfKey.push(member);
      else this.membersOfKey.set(key, [member]);
    }
  }

  delay(latency: Latency): Promise<void> {
    return this.time.sleep(drawLatency(this.random, latency));
  }

  async invoke(task: string, input: JsonObject): Promise<JsonObject> {
    await this.delay(LATENCIES.task);
    if (task === 'dynamodb.Query') return this.query(input);
    if (task === 'lambda.Invoke') return this.invokePost(input.Payload as Batch);
    if (task === 'sqs.SendMessage') {
      this.deadLetters += 1;
      return {};
    }
    throw new AwsError('AccessDeniedException', `The simulation has no ${task}.`);
  }

  private async query(input: JsonObject): Promise<JsonObject> {
    const key = (input.ExpressionAttributeValues as { ':shard': { S: string } })[':shard'].S;
    const { offset } = (input.ExclusiveStartKey ?? { offset: { N: '0' } }) as { offset: { N: string } };
    const members = this.membersOfKey.get(key) ?? [];
    const end = Number(offset.N) + (input.Limit as number);
    const Items = members.slice(Number(offset.N), end).map(createRow);
    await this.delay(LATENCIES.query);
    await this.time.sleep(Items.length * LATENCIES.queryRowMs);
    return { Items, ...(end < members.length ? { LastEvaluatedKey: { offset: { N: String(end) } } } : {}) };
  }

  private async invokePost(batch: Batch): Promise<JsonObject> {
    if (this.functions >= this.lambdaConcurrency)
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
      this.receive();
      return 'delivered';
    };
    const getConnection = async () => {
      if (!this.takeToken()) throw new Error('Rate exceeded.');
      return undefined;
    };
    return postBatch(
      {
        poster: { post },
        connections: { getConnection, close: async () => undefined },
        slow: createSlowConnections(this.time.now),
        ...this.postSettings,
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

  private receive(): void {
    const received = this.receipts.push(this.time.now());
    if (received % Math.ceil(this.members / 100) === 0) this.onProgress(received / this.members);
  }

  /** Takes a token from the bucket of the account's request quota. Returns false if the bucket is empty. */
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

/** Creates a member's row in the form that the workflow's Query returns. */
function createRow(member: number): JsonObject {
  return {
    connectionId: { S: `${String(member).padStart(15, 'L')}=` },
    room: { S: ROOM },
    protocol: { S: 'roomcast.v1' },
  };
}
