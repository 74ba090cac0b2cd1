import { once } from 'node:events';
import { join } from 'node:path';
import WebSocket from 'ws';
import { type Runtime, startRuntime } from '../../../src/app/runtime';

const template = join(__dirname, '..', '..', 'fixtures', 'orders', 'template.yaml');

const TIMEOUT_MILLIS = 15_000;

/** The attributes of an execution that the tests read. */
interface Execution {
  status: string;
  cause?: string;
}

/** The order application of `fixtures/orders`, running in this process. */
export class OrderApp {
  private readonly sockets: WebSocket[] = [];

  private constructor(private readonly runtime: Runtime) {}

  static async start(): Promise<OrderApp> {
    return new OrderApp(await startRuntime({ template, port: 0 }));
  }

  get url(): string {
    return `http://127.0.0.1:${this.runtime.port}`;
  }

  /** Opens a WebSocket connection that receives the notifications of a desk. Returns a function that closes the connection. */
  async connect(desk: string, more: Record<string, string> = {}): Promise<() => void> {
    const query = new URLSearchParams({ desk, ...more });
    const socket = new WebSocket(`ws://127.0.0.1:${this.runtime.port}/test?${query}`);
    await once(socket, 'open');
    this.sockets.push(socket);
    return () => socket.close();
  }

  /** Places an order on the first connection, without waiting for the result. */
  sendOrder(orderId: string, desk: string): void {
    this.sockets[0]?.send(JSON.stringify({ action: 'placeorder', orderId, desk }));
  }

  /**
   * Places an order and waits until its workflow has ended.
   *
   * @throws Error if the workflow fails or does not end in time.
   */
  async placeOrder(orderId: string, desk = 'north'): Promise<void> {
    const before = await this.countSucceeded();
    this.sendOrder(orderId, desk);
    const deadline = Date.now() + TIMEOUT_MILLIS;
    while ((await this.countSucceeded()) === before) {
      if (Date.now() > deadline) throw new Error(`The workflow of order ${orderId} did not end.`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Makes invocations of the notify function fail until `work` has ended. */
  async withFailingNotifications(work: () => Promise<void>): Promise<void> {
    const { faults } = this.runtime;
    const target = { service: 'lambda', action: 'Invoke', match: 'NotifyFunction' };
    faults.add({ ...target, kind: 'fail', status: 400, error: 'ResourceNotFoundException' });
    await work();
    faults.clear();
  }

  /** Sends a message that a consumer fails to handle, so that it moves to the dead-letter queue. */
  async failMessage(body: string): Promise<void> {
    const QueueUrl = 'retry';
    await this.runtime.call('sqs', 'SendMessage', { QueueUrl, MessageBody: body });
    const receive = { QueueUrl, VisibilityTimeout: 0 };
    await this.runtime.call('sqs', 'ReceiveMessage', receive);
    await this.runtime.call('sqs', 'ReceiveMessage', receive);
  }

  /** Puts an event on the bus of the application. */
  async putEvent(DetailType: string, detail: object): Promise<void> {
    const entry = { EventBusName: 'orders', Source: 'orders', DetailType, Detail: JSON.stringify(detail) };
    await this.runtime.call('events', 'PutEvents', { Entries: [entry] });
  }

  /** Calls a read-only action. */
  async listFunctions(): Promise<void> {
    await this.runtime.call('lambda', 'ListFunctions', {});
  }

  /** Returns the resources of the application. */
  describe(): Pick<Runtime['app'], 'tables'> {
    return this.runtime.app;
  }

  /** Builds the functions again. */
  rebuild(): Promise<void> {
    return this.runtime.rebuild();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    await this.runtime.close();
  }

  /** Returns the number of workflows that have succeeded. */
  private async countSucceeded(): Promise<number> {
    const response = await fetch(`${this.url}/_local/executions`);
    const executions = (await response.json()) as Execution[];
    const failed = executions.find(({ status }) => status === 'FAILED');
    if (failed) throw new Error(`A workflow failed: ${failed.cause}`);
    return executions.filter(({ status }) => status === 'SUCCEEDED').length;
  }
}
