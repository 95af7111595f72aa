import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/**
 * What a Service does for several managers: passes connections on to those behind it, in turn, and cuts those of a manager
 * that is taken out. Without it, the API server would wait for a stopped manager while another is ready.
 */
export class Front implements AsyncDisposable {
  readonly #server: Server;
  /** The managers behind it by their webhooks' ports, with the connections of each. */
  readonly #behind = new Map<number, Set<Socket>>();
  #turn = 0;

  private constructor() {
    this.#server = createServer((near) => this.#passOn(near));
  }

  /** Listens on a loopback port. */
  static async start(): Promise<Front> {
    const front = new Front();
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  letIn(port: number): void {
    if (!this.#behind.has(port)) this.#behind.set(port, new Set());
  }

  takeOut(port: number): void {
    const sockets = this.#behind.get(port) ?? [];
    this.#behind.delete(port);
    for (const socket of sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const port of [...this.#behind.keys()]) this.takeOut(port);
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #passOn(near: Socket): void {
    near.on('error', () => undefined);
    const ports = [...this.#behind.keys()];
    const port = ports[this.#turn++ % Math.max(1, ports.length)];
    const sockets = port === undefined ? undefined : this.#behind.get(port);
    if (port === undefined || sockets === undefined) return void near.destroy();
    const far = connect({ host: '127.0.0.1', port });
    far.on('error', () => undefined);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }
}
