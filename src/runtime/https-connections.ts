import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Logger } from '../base/logger.ts';

/** What is known about a connection. */
interface Connection {
  /** The TCP socket below TLS. */
  readonly socket: Socket;
  /** No request for a route that exists has come over it yet. */
  isUnused: boolean;
  /** It was accepted with certificate authorities that are no longer in force. */
  isOutdated: boolean;
}

/** The addresses and ports of a connection, which are the same below TLS and above it. */
type Ends = Pick<Socket, 'localAddress' | 'remoteAddress' | 'remotePort'>;

/**
 * The connections of a server, up to a limit. When there are too many, the oldest connection without a request for an
 * existing route is closed. So a client that only opens connections doesn't keep others from being served.
 */
export class Connections {
  readonly #limit: number;
  readonly #logger: Logger;
  readonly #all = new Map<string, Connection>();
  #isFull = false;

  constructor(server: Server, limit: number, logger: Logger) {
    this.#limit = limit;
    this.#logger = logger;
    server.on('connection', (socket: Socket) => this.#admit(socket));
  }

  /** Records a request for an existing route over this connection. */
  markUsed(ends: Ends): void {
    const connection = this.#all.get(keyOf(ends));
    if (connection) connection.isUnused = false;
  }

  /** Makes every present connection close after its next answer. */
  outdate(): void {
    for (const connection of this.#all.values()) connection.isOutdated = true;
  }

  /** Whether this connection closes after its next answer. */
  isOutdated(ends: Ends): boolean {
    return this.#all.get(keyOf(ends))?.isOutdated === true;
  }

  /** Closes all connections at once. */
  cut(): void {
    for (const { socket } of this.#all.values()) socket.destroy();
  }

  #admit(socket: Socket): void {
    const key = keyOf(socket);
    const connection = { socket, isUnused: true, isOutdated: false };
    this.#all.set(key, connection);
    socket.once('close', () => {
      if (this.#all.get(key) === connection) this.#all.delete(key);
      if (this.#all.size <= this.#limit / 2) this.#isFull = false;
    });
    if (this.#all.size > this.#limit) this.#makeRoom();
  }

  #makeRoom(): void {
    if (!this.#isFull) this.#logger.warn('there are too many connections, idle ones are cut', { limit: this.#limit });
    this.#isFull = true;
    // In the order of arrival, so that the oldest connection is closed first.
    for (const [key, { socket, isUnused }] of this.#all) {
      if (!isUnused) continue;
      this.#all.delete(key);
      socket.destroy();
      return;
    }
  }
}

function keyOf({ localAddress = '', remoteAddress = '', remotePort = 0 }: Ends): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`;
}
