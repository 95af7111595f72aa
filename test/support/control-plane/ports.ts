import { createServer } from 'node:net';

// Below the ports that Linux hands out by itself (32768 and up) and below NodePorts: while an API server is stopped, no
// outgoing connection gets its port by chance.
const lowest = 16_000;
const all = 12_000;

// Test files that run side by side choose from parts of their own: what one has chosen isn't listened on yet.
const parts = 8;
const part = Number(process.env['JEST_WORKER_ID'] ?? 0) % parts;
const count = Math.floor(all / parts);
const first = lowest + part * count;

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
