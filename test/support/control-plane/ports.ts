import { createServer } from 'node:net';

// Below the ports that Linux hands out by itself (32768 and up) and below NodePorts: while an API server is stopped, no
// outgoing connection gets its port by chance.
const first = 16_000;
const count = 12_000;

const given = new Set<number>();

/** A loopback port on which nobody listens, and which this process hasn't given away before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = first + Math.floor(Math.random() * count);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port among ${first}-${first + count - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
