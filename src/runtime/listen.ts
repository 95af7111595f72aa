import type { AddressInfo, Server } from 'node:net';

/** Where to listen; port 0 takes any free port. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** A server can't listen on an address. The message says which server, which address, and why. */
export class BindError extends Error {
  override readonly name = 'BindError';

  /** @param what what the server serves */
  constructor(what: string, { host, port }: ListenAddress, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`cannot serve ${what} at ${host}:${port}: ${why}; name another address`, { cause });
  }
}

/** How a server listens. */
interface Listening {
  readonly bind: ListenAddress;
  /** Lets several processes listen on one address; the kernel distributes connections among them. Default false. */
  readonly reusePort?: boolean;
  /** What the server serves, for the message of a {@link BindError}. */
  readonly what: string;
  /**
   * Called with errors after the start: the server may fail to accept one connection, for example without free file
   * descriptors, and accept the next one.
   */
  readonly onTrouble: (error: Error) => void;
}

/** Starts to listen, and returns the address. Throws {@link BindError} if that fails. */
export async function listen(
  server: Server,
  { bind, reusePort = false, what, onTrouble }: Listening,
): Promise<ListenAddress> {
  let isUp = false;
  try {
    await new Promise<void>((resolve, reject) => {
      server.on('error', (error) => (isUp ? onTrouble(error) : reject(error)));
      server.listen({ ...bind, reusePort }, () => {
        isUp = true;
        resolve();
      });
    });
  } catch (error) {
    throw new BindError(what, bind, error);
  }
  const { address: host, port } = server.address() as AddressInfo;
  return { host, port };
}
