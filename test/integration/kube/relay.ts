import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A TCP relay in front of an API server, to make the faults of a network that can't be made otherwise. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Resets every connection. */
  cut(): void;
  /** Resets every connection, and new ones too as long as `isClosed`. */
  close(isClosed: boolean): void;
  /** Swallows what the server sends, and keeps connections open: a peer that died without a word. */
  silence(isSilent: boolean): void;
  /** How many connections were made. */
  readonly accepted: number;
}

/** Listens on a loopback port and passes everything on to `target`. */
export async function startRelay(target: { readonly host: string; readonly port: number }): Promise<Relay> {
  const sockets = new Set<Socket>();
  let silent = false;
  let closed = false;
  let accepted = 0;
  const server = createServer((near) => {
    accepted++;
    if (closed) return void near.on('error', () => undefined).resetAndDestroy();
    const far = connect(target);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (data) => {
      if (!silent) near.write(data);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => sockets.forEach((socket) => socket.resetAndDestroy());
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    close: (isClosed) => {
      closed = isClosed;
      cut();
    },
    silence: (isSilent) => {
      silent = isSilent;
    },
    get accepted() {
      return accepted;
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
