import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { OPEN } from '../../../src/base/fence.ts';
import { Lifetime } from '../../../src/base/lifetime.ts';
import type { WebhookPath } from '../../../src/runtime/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import type { RecordedLog } from './recorded-log.ts';
import { PLAIN, WebhookServer } from './webhook-server.ts';

const minute = 60_000;
const day = 24 * 60 * minute;
const SECRET_PATH = /^\/mutate\/pods\/[0-9a-f]{32}$/;
const service = { namespace: 'hostport-system', name: 'hostport-webhook', port: 443 };

type Replica = WebhookPath & { readonly log: RecordedLog };

let clock: FakeClock;
let server: WebhookServer;
let replicas: Replica[];

beforeEach(() => {
  clock = new FakeClock();
  server = new WebhookServer();
  replicas = [];
});
afterEach(async () => {
  for (const replica of replicas) await replica[Symbol.asyncDispose]();
  expect(clock.pending).toBe(0);
  // More people may read logs than may read the Secret.
  const parts = [...server.written.map((path) => path.slice(PLAIN.length + 1)), server.text('current')].filter(Boolean);
  const logged = JSON.stringify(
    replicas.map(({ log }) => ['debug', 'info', 'warn', 'error'].map((at) => log.at(at as 'info'))),
  );
  for (const part of parts) expect(logged).not.toContain(part);
});

/** Replicas that were started at the same time, and have written the path. */
async function started(count = 1): Promise<readonly Replica[]> {
  const fresh = Array.from({ length: count }, () => server.replica(clock));
  replicas.push(...fresh);
  const starts = fresh.map((replica) => replica.start(new AbortController().signal));
  await clock.advance(2_000);
  await Promise.all(starts);
  return fresh;
}

/** Lets time pass in small steps. Every replica must answer at the configured address all the while. */
async function advance(ms: number, stepMs = 10_000): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    await clock.advance(stepMs);
    expect(replicas.map((replica) => replica.plainOf(server.path))).toEqual(replicas.map(() => PLAIN));
  }
}

/** Lets time pass until the address changes, and returns the new path. */
async function changed(withinMs: number): Promise<string> {
  const before = server.path;
  for (let passed = 0; server.path === before && passed < withinMs; passed += minute) await advance(minute);
  expect(server.path).not.toBe(before);
  return server.path;
}

describe('a new installation', () => {
  test.each([
    ['through the Service', { service }, (path: string) => ({ service: { ...service, path } })],
    ['at a URL', { url: 'https://127.0.0.1:9443' }, (path: string) => ({ url: `https://127.0.0.1:9443${path}` })],
    ['at a URL that ends in a slash', { url: 'https://h:1/' }, (path: string) => ({ url: `https://h:1${path}` })],
    ['below a URL', { url: 'https://h:1/a' }, (path: string) => ({ url: `https://h:1/a${path}` })],
    ['at nonsense', { url: 'https://h:1/mutate/pods/x/y' }, (path: string) => ({ url: `https://h:1${path}` })],
  ])('that is called %s gets a path that nobody guesses, and nothing else is changed', async (_, address, want) => {
    server.install({ ...address, caBundle: 'x' });
    const [replica] = await started();
    const part = server.text('current');
    expect(part).toMatch(/^[0-9a-f]{32}$/);
    expect(server.address).toEqual({ ...want(`${PLAIN}/${part}`), caBundle: 'x' });
    expect(replica?.trouble()).toBeUndefined();
  });

  test('is answered at that path alone', async () => {
    server.install({ service });
    const [replica] = await started();
    expect(server.path).toMatch(SECRET_PATH);
    const part = server.text('current');
    const others = ['', '/', PLAIN, `${PLAIN}/`, `${PLAIN}/${part}/`, `${PLAIN}/${part}x`, `${PLAIN}/${part.slice(1)}`];
    const guesses = [
      `/${part}`,
      `/mutate/bindings/${part}`,
      `${PLAIN}/${'0'.repeat(32)}`,
      `${PLAIN}/${part.toUpperCase()}Z`,
    ];
    for (const path of [...others, ...guesses]) expect([path, replica?.plainOf(path)]).toEqual([path, undefined]);
    expect(replica?.plainOf(server.path)).toBe(PLAIN);
  });

  test('has a part of its own each time', async () => {
    const parts = new Set<string>();
    for (let at = 0; at < 5; at++) {
      server = new WebhookServer();
      server.install({ service });
      await started();
      parts.add(server.text('current'));
    }
    expect(parts.size).toBe(5);
  });

  test('that comes after the managers is told, and gets its path', async () => {
    const [replica] = await started();
    expect(replica?.trouble()).toBe('there is no MutatingWebhookConfiguration hooks');
    server.install({ service });
    await clock.advance(2 * minute);
    expect(server.path).toMatch(SECRET_PATH);
    expect(replica?.trouble()).toBeUndefined();
  });
});

test('two managers that begin at once have one path', async () => {
  server.install({ service });
  const both = await started(2);
  expect(new Set(server.written).size).toBe(1);
  expect(both.map((replica) => replica.plainOf(server.path))).toEqual([PLAIN, PLAIN]);
  expect(both.map((replica) => replica.trouble())).toEqual([undefined, undefined]);
  expect(both.flatMap(({ log }) => [...log.at('warn'), ...log.at('error')])).toEqual([]);
});

test('a manager that comes later takes the path that is there', async () => {
  server.install({ service });
  await started();
  const { secret, path } = { secret: server.secret, path: server.path };
  const [later] = await started();
  expect(server.secret).toBe(secret);
  expect(later?.plainOf(path)).toBe(PLAIN);
});

describe('a renewal', () => {
  test('comes every day, and what was before is answered for five more minutes', async () => {
    server.install({ service });
    const both = await started(2);
    const first = server.path;
    await advance(day - 5 * minute, minute);
    expect(server.path).toBe(first);
    const second = await changed(20 * minute);
    expect(second).toMatch(SECRET_PATH);
    await advance(3 * minute);
    expect(both.map((replica) => replica.plainOf(first))).toEqual([PLAIN, PLAIN]);
    await advance(5 * minute);
    expect(both.map((replica) => replica.plainOf(first))).toEqual([undefined, undefined]);
    // And once more a day later.
    const third = await changed(day + 20 * minute);
    expect(new Set([first, second, third]).size).toBe(3);
    expect(both.flatMap(({ log }) => [...log.at('warn'), ...log.at('error')])).toEqual([]);
  });

  test('makes the next part known to all for five minutes before API servers hear of it', async () => {
    server.install({ service });
    const both = await started(2);
    let known = 0;
    await advance(day, minute);
    while (server.written.length === 1) {
      const next = server.text('next');
      if (next !== '' && both.every((replica) => replica.plainOf(`${PLAIN}/${next}`) === PLAIN)) known += 10_000;
      await advance(10_000);
    }
    expect(known).toBeGreaterThanOrEqual(5 * minute - 70_000);
  });

  test('waits for configurations that can not be written, and forgets nothing meanwhile', async () => {
    server.install({ service });
    const [replica] = await started();
    const first = server.path;
    const second = await changed(day + 20 * minute);
    // As if the API server had never received the write.
    server.install({ service: { ...service, path: first } });
    server.isAway = true;
    await advance(60 * minute, minute);
    expect([first, second].map((path) => replica?.plainOf(path))).toEqual([PLAIN, PLAIN]);
    server.isAway = false;
    await advance(2 * minute);
    expect(server.path).toBe(second);
  });

  test('goes on where a manager that ended left it', async () => {
    server.install({ service });
    const [replica] = await started();
    await advance(day + minute, minute);
    expect(server.text('next')).not.toBe('');
    await replica?.[Symbol.asyncDispose]();
    replicas = [];
    const next = server.text('next');
    await started();
    expect(await changed(10 * minute)).toBe(`${PLAIN}/${next}`);
  });

  test.each(['', '?', 'QUJD'])('of a Secret with %j for a part keeps what is called answered', async (rubbish) => {
    server.install({ service });
    const both = await started(2);
    const first = server.path;
    if (server.secret) server.secret = { ...server.secret, data: { current: rubbish } };
    await advance(3 * minute);
    expect(server.path).toBe(first);
    const second = await changed(10 * minute);
    expect(second).toMatch(SECRET_PATH);
    await advance(8 * minute);
    expect(both.map((replica) => replica.plainOf(first))).toEqual([undefined, undefined]);
    expect(both.flatMap(({ log }) => log.at('error'))).toHaveLength(1);
  });

  test('comes at once, for whoever deletes the Secret', async () => {
    server.install({ service });
    await started(2);
    server.secret = undefined;
    expect(await changed(10 * minute)).toMatch(SECRET_PATH);
  });

  test('comes when a clock was set back by years', async () => {
    server.install({ service });
    const [replica] = await started();
    await replica?.[Symbol.asyncDispose]();
    replicas = [];
    const since = Buffer.from('2036-01-01T00:00:00Z').toString('base64');
    if (server.secret) server.secret = { ...server.secret, data: { ...server.secret.data, since } };
    await started();
    await changed(10 * minute);
  });
});

describe('the plain path of an earlier version', () => {
  const urls = { url: `https://127.0.0.1:9443${PLAIN}` };
  test.each([
    ['a Service', { service: { ...service, path: PLAIN } }],
    ['a URL', urls],
  ])('of %s is answered until a leader has led for five minutes, and five more', async (_, address) => {
    server.install(address);
    const [first, second] = await started(2);
    await advance(20 * minute);
    expect(server.path).toBe(PLAIN);
    expect([first, second].map((replica) => replica?.trouble())).toEqual([undefined, undefined]);
    const term = new Lifetime('term');
    first?.lead(term, OPEN);
    await advance(4 * minute + 50_000);
    expect(server.path).toBe(PLAIN);
    await advance(20_000);
    expect(server.path).toMatch(SECRET_PATH);
    await advance(3 * minute);
    expect([first, second].map((replica) => replica?.plainOf(PLAIN))).toEqual([PLAIN, PLAIN]);
    await advance(4 * minute);
    expect([first, second].map((replica) => replica?.plainOf(PLAIN))).toEqual([undefined, undefined]);
    await term[Symbol.asyncDispose]();
  });

  test('is left alone by who leads no more', async () => {
    server.install(urls);
    const [replica] = await started();
    const term = new Lifetime('term');
    replica?.lead(term, OPEN);
    await advance(4 * minute);
    await term[Symbol.asyncDispose]();
    await advance(20 * minute);
    expect(server.path).toBe(PLAIN);
  });

  test.each([
    { when: 'before it decides', isOverFirst: true },
    { when: 'when the new path is about to be sent', isOverFirst: false },
  ])('is left alone by a leader whose term may be over, as it learns $when', async ({ isOverFirst }) => {
    server.install(urls);
    const [replica] = await started();
    await using term = new Lifetime('term');
    let isOver = isOverFirst;
    server.beforeSending = () => (isOver = true);
    replica?.lead(term, { reason: () => (isOver ? 'the term may be over' : undefined) });
    await advance(20 * minute);
    expect([isOver, server.path]).toEqual([true, PLAIN]);
  });

  test('is not answered by a manager that never saw it', async () => {
    server.install({ service });
    await started();
    const [later] = await started();
    expect(later?.plainOf(PLAIN)).toBeUndefined();
  });
});

test('a path that somebody took away, or overwrote, is put back', async () => {
  server.install({ service });
  const [replica] = await started();
  const { path } = server;
  for (const other of [undefined, '/', `${PLAIN}/${'0'.repeat(32)}`]) {
    server.install({ service: other === undefined ? service : { ...service, path: other } });
    await clock.advance(2 * minute);
    expect(server.path).toBe(path);
  }
  expect(replica?.trouble()).toBeUndefined();
});

test.each([service, { ...service, path: `${PLAIN}/${'0'.repeat(32)}` }])(
  'a manager is not ready while API servers call %j, where nobody answers',
  async (address) => {
    server.install({ service });
    const [replica] = await started();
    server.isReadOnly = true;
    server.install({ service: address });
    await clock.advance(2 * minute);
    expect(replica?.trouble()).toBe("MutatingWebhookConfiguration hooks doesn't carry the path that is answered yet");
    server.isReadOnly = false;
    await clock.advance(2 * minute);
    expect(replica?.trouble()).toBeUndefined();
  },
);

test('is not ready, and says why, while it could read nothing', async () => {
  server.install({ service });
  const [replica] = await started();
  expect(replica?.trouble()).toBeUndefined();
  const away = server.replica(clock);
  replicas.push(away);
  server.isAway = true;
  const start = away.start(new AbortController().signal);
  await clock.advance(1_000);
  expect(away.trouble()).toBe('there is no path for the webhooks yet: unavailable');
  server.isAway = false;
  await clock.advance(minute);
  await start;
  expect(away.trouble()).toBeUndefined();
});
