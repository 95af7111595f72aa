import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { Agent } from 'node:https';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import type { HttpsServer } from '../../../src/runtime/index.ts';
import { ask, rawConnection, startTestServer } from './https-client.ts';
import { recordedLog } from './recorded-log.ts';
import type { RecordedLog } from './recorded-log.ts';

const maxConnections = 6;
const budget = { totalBytes: 10_000, smallShareBytes: 4_000, smallBytes: 1_000 };

let server: HttpsServer;
let log: RecordedLog;
let open: Socket[];
/** How many handlers of `/slow` have started. */
let waiting: number;
/** Lets these handlers answer. */
let release: () => void;

beforeEach(async () => {
  log = recordedLog();
  open = [];
  waiting = 0;
  const released = Promise.withResolvers<undefined>();
  release = () => released.resolve(undefined);
  server = await startTestServer({
    routes: {
      '/echo': async (body) => body,
      '/slow': async () => {
        waiting++;
        await released.promise;
        return {};
      },
    },
    logger: log.logger,
    maxConnections,
    budget,
    headersTimeoutMs: 60_000,
    bodyTimeoutMs: 60_000,
  });
});
afterEach(async () => {
  release();
  for (const socket of open) socket.destroy();
  await server[Symbol.asyncDispose]();
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise<void>((resolve) => void systemClock.schedule(5, resolve));
}

/** A connection that sends nothing. */
async function silent(): Promise<Socket> {
  const socket = connect(server.address);
  open.push(socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  return socket;
}

/** Starts a request, and sends this much of its body. */
async function sending(
  declared: number,
  sent: number,
  path = '/echo',
): Promise<Awaited<ReturnType<typeof rawConnection>>> {
  const connection = await rawConnection(server);
  open.push(connection.socket);
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${declared}`;
  connection.socket.write(`${head}\r\n\r\n${sent === 0 ? '' : '1'.padStart(sent)}`);
  return connection;
}

describe('silent connections', () => {
  test('of any number keep nobody away; the oldest are cut', async () => {
    const first = await silent();
    for (let at = 0; at < 5 * maxConnections; at++) await silent();
    expect(await ask(server)).toMatchObject({ code: 200 });
    await until(() => first.destroyed);
    await until(() => open.filter((socket) => !socket.destroyed).length < maxConnections);
    expect(log.at('warn')).toMatchObject([{ fields: { limit: maxConnections } }]);
  });

  test('and strangers who ask for what is not served cut nobody who was served', async () => {
    const agent = new Agent({ keepAlive: true });
    const before = await ask(server, { agent });
    for (let at = 0; at < 5 * maxConnections; at++) {
      if (at % 2 === 0) await silent();
      else expect(await ask(server, { path: '/nothing' })).toMatchObject({ code: 404 });
    }
    expect(await ask(server, { agent })).toMatchObject({ code: 200, localPort: before.localPort });
    agent.destroy();
  });

  test('do not cut what is under way', async () => {
    const answer = ask(server, { path: '/slow' });
    const others = Array.from({ length: 3 }, () => ask(server, { path: '/slow' }));
    await until(() => waiting === 4);
    for (let at = 0; at < 5 * maxConnections; at++) await silent();
    release();
    expect(await Promise.all([answer, ...others])).toMatchObject(Array<object>(4).fill({ code: 200 }));
  });
});

test('where all connections are busy, a new one is cut', async () => {
  const connections = await Promise.all(Array.from({ length: maxConnections }, () => sending(2, 0)));
  for (const { socket } of connections) socket.write(' ');
  const late = await silent();
  await until(() => late.destroyed);
  for (const { socket } of connections) socket.write('1');
  await until(() => connections.every(({ received }) => received().startsWith('HTTP/1.1 200 ')));
});

describe('bodies', () => {
  test('that are large are told to come again where they are too many, and small ones are taken', async () => {
    const large = await Promise.all([sending(5_900, 2_900), sending(5_900, 2_900)]);
    const crowded = await ask(server, { body: `"${'x'.repeat(1_500)}"` });
    expect(crowded).toMatchObject({ code: 429, body: 'too much is being received at once\n' });
    expect(crowded.headers['retry-after']).toBe('1');
    expect(await ask(server, { body: `"${'x'.repeat(900)}"` })).toMatchObject({ code: 200 });
    for (const { socket } of large) socket.destroy();
    await until(() => large.every(({ socket }) => socket.destroyed));
    const again = async (): Promise<number | undefined> => (await ask(server, { body: `"${'x'.repeat(1_500)}"` })).code;
    let code = await again();
    while (code !== 200) code = await again();
  });

  test('count until they are answered', async () => {
    const slow = Array.from({ length: 3 }, () => sending(1_900, 1_900, '/slow'));
    const code = async (): Promise<number | undefined> => (await ask(server, { body: `"${'x'.repeat(1_500)}"` })).code;
    await Promise.all(slow);
    await until(() => waiting === 3);
    expect(await code()).toBe(429);
    release();
    while ((await code()) !== 200) await new Promise<void>((resolve) => void systemClock.schedule(5, resolve));
  });

  test('at a path that is not served take no room', async () => {
    await Promise.all([sending(9_000, 8_000, '/nothing'), sending(9_000, 8_000, '/nothing')]);
    expect(await ask(server, { body: `"${'x'.repeat(1_500)}"` })).toMatchObject({ code: 200 });
  });
});
