import { Agent } from 'node:https';
import { expect, test } from '@jest/globals';
import { systemClock } from '../../../src/base/clock.ts';
import { ask, rawConnection, startTestServer } from './https-client.ts';

/** A handler that the test lets answer, and a promise for its start. */
function gate() {
  const begun = Promise.withResolvers<undefined>();
  const opened = Promise.withResolvers<object>();
  const handler = (): Promise<unknown> => {
    begun.resolve(undefined);
    return opened.promise;
  };
  return { handler, begun: begun.promise, open: () => opened.resolve({ done: true }) };
}

test('what is under way is answered, and told that the connection ends; nothing new is taken', async () => {
  const { handler, begun, open } = gate();
  const server = await startTestServer({ routes: { '/slow': handler } });
  const agent = new Agent({ keepAlive: true });
  const answer = ask(server, { path: '/slow', agent });
  await begun;
  const drained = server[Symbol.asyncDispose]();
  await expect(ask(server, { path: '/slow' })).rejects.toThrow(/ECONNREFUSED/);
  open();
  expect(await answer).toMatchObject({ code: 200, body: '{"done":true}', headers: { connection: 'close' } });
  await drained;
  agent.destroy();
});

test('idle connections are closed at once', async () => {
  const flushMs = 60_000;
  const server = await startTestServer({ routes: { '/echo': async (body) => body }, flushMs });
  const agent = new Agent({ keepAlive: true });
  await ask(server, { agent });
  const began = systemClock.monotonic();
  await server[Symbol.asyncDispose]();
  expect(systemClock.monotonic() - began).toBeLessThan(flushMs);
  agent.destroy();
});

test('a connection that never asked for anything does not hold the end up for long', async () => {
  const server = await startTestServer();
  const { closed } = await rawConnection(server);
  await server[Symbol.asyncDispose]();
  await closed;
});

test('a handler that never ends is answered for when its time is over', async () => {
  const { handler, begun } = gate();
  const server = await startTestServer({ routes: { '/slow': handler }, requestTimeoutMs: 300 });
  const answer = ask(server, { path: '/slow' });
  await begun;
  await server[Symbol.asyncDispose]();
  expect((await answer).code).toBe(504);
});
