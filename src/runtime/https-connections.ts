import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Logger } from '../base/logger.ts';

/** What is known of a connection. */
interface Connection {
  /** Below TLS. */
  readonly socket: Socket;
  /** No known route was requested over it yet. */
  isStranger: boolean;
  /** It was accepted by rules that no longer apply. */
  isOutdated: boolean;
}

/** The ends of a connection are the same below TLS and above it. */
type Ends = Pick<Socket, 'localAddress' | 'remoteAddress' | 'remotePort'>;

/**
 * The connections of a server, up to a limit. Beyond it the oldest connection is cut over which no known route was
 * requested: connections that are opened only to use them up don't get in the way of callers.
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

  /** To be called when a known route is requested over this connection. */
  welcome(ends: Ends): void {
    const connection = this.#all.get(keyOf(ends));
    if (connection) connection.isStranger = false;
  }

  /** Has all present connections end after their next answer. */
  outdate(): void {
    for (const connection of this.#all.values()) connection.isOutdated = true;
  }

  /** Whether the next answer over this connection is the last. */
  isOutdated(ends: Ends): boolean {
    return this.#all.get(keyOf(ends))?.isOutdated === true;
  }

  /** Cuts all of them. */
  cut(): void {
    for (const { socket } of this.#all.values()) socket.destroy();
  }

  #admit(socket: Socket): void {
    const key = keyOf(socket);
    const connection = { socket, isStranger: true, isOutdated: false };
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
    // In order of arrival: the newest at the latest.
    for (const [key, { socket, isStranger }] of this.#all) {
      if (!isStranger) continue;
      this.#all.delete(key);
      socket.destroy();
      return;
    }
  }
}

function keyOf({ localAddress = '', remoteAddress = '', remotePort = 0 }: Ends): string {
  return `${localAddress} ${remoteAddress} ${remotePort}`;
}
