import { connect, createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import type { KeyPair } from '../../../src/runtime/index.ts';

/**
 * The result of a handshake between a server at 127.0.0.1 that shows `pair` and a client that trusts only `bundle`:
 * `trusted`, or OpenSSL's error code.
 */
export async function handshake(pair: KeyPair, bundle: string): Promise<string> {
  const server = createServer(pair, (socket) => socket.on('error', () => undefined).end());
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await new Promise<string>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, ca: bundle }, () => {
        socket.destroy();
        resolve('trusted');
      });
      socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
