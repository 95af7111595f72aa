import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import type { Logger } from '../base/logger.ts';

/** What is known of a connection. */
interface Connection {
  /** Below TLS. */
  readonly socket: Socket;
  /** Nothing was asked for over it yet that is served here. */
  isStranger: boolean;
  /** It was let in by rules that count no longer. */
  isOutdated: boolean;
}

/** The ends of a connection are the same below TLS and above it. */
type Ends = Pick<Socket, 'localAddress' | 'remoteAddress' | 'remotePort'>;

/**
 * The connections of a server, a limited number of them. Where there are too many, the oldest is cut over which nothing
 * was asked for that is served here: whoever opens connections for their own sake is in the way of nobody who is served.
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

  /** Something that is served is asked for over this connection. */
  welcome(ends: Ends): void {
    const connection = this.#all.get(keyOf(ends));
    if (connection) connection.isStranger = false;
  }

  /** Says of all connections that there are now that they are to end after the next answer. */
  outdate(): void {
    for (const connection of this.#all.values()) connection.isOutdated = true;
  }

  /** Whether the next answer over this connection is to be the last. */
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
    // In the order in which they came: the newest at the latest.
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
