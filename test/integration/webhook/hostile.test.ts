import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { podAnnotations } from '../../../src/api/index.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { asking, container, pod, port } from '../../unit/workload/pods.ts';
import { somePod } from '../../unit/workload/some-pod.ts';
import { asked, reviewOf } from '../../unit/webhook/reviews.ts';
import { Caller } from './caller.ts';
import type { Answer, Question } from './caller.ts';
import { claimsOf, create, whenFree, whenHeld } from './holdings.ts';
import { podOf } from './manifests.ts';

const MEBIBYTE = 1024 * 1024;

let hostport: RunningHostport;
let caller: Caller;
let pids: readonly (number | undefined)[];
beforeAll(async () => {
  hostport = await startHostport({ managers: 2, sweepInterval: '1s', reservationLife: '8s' });
  caller = await Caller.of(hostport);
  pids = hostport.managers.map(({ pid }) => pid);
});
afterEach(async () => {
  expect(hostport.managers.map(({ pid }) => pid)).toEqual(pids);
  expect(await Promise.all(hostport.managers.map((manager) => manager.ready()))).toEqual([true, true]);
});
afterAll(async () => {
  caller[Symbol.dispose]();
  await hostport[Symbol.asyncDispose]();
});

const good = JSON.stringify(reviewOf(asked, { dryRun: true }));

/** The answer's review; what is no review is a failure. */
function reviewIn({ code, body }: Answer): {
  readonly allowed: boolean;
  readonly status?: { readonly message: string };
} {
  expect({ code, body: body.slice(0, 300) }).toMatchObject({ code: 200 });
  const { kind, response } = JSON.parse(body) as { kind: string; response: ReturnType<typeof reviewIn> };
  expect(kind).toBe('AdmissionReview');
  return response;
}

test('a review is answered over the very connection that the rest comes over', async () => {
  expect(reviewIn(await caller.post(good))).toMatchObject({ allowed: true });
});

describe('what is no request for us', () => {
  test.each<readonly [string, number, string | Buffer, Question]>([
    ['another path', 404, good, { path: '/mutate/nothing' }],
    ['a path that every object has', 404, good, { path: '/__proto__' }],
    ['GET', 405, '', { method: 'GET' }],
    ['a text', 415, good, { headers: { 'content-type': 'text/plain' } }],
    ['YAML', 415, 'kind: AdmissionReview', { headers: { 'content-type': 'application/yaml' } }],
    ['a compressed body', 415, good, { headers: { 'content-encoding': 'gzip' } }],
    ['an empty body', 400, '', {}],
    ['half a review', 400, good.slice(0, good.length / 2), {}],
    ['bytes that are no text', 400, Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), {}],
    ['more than 3 MiB', 413, `{"a":"${'x'.repeat(3 * MEBIBYTE)}"}`, {}],
    [
      'more than 3 MiB without saying so',
      413,
      ' '.repeat(4 * MEBIBYTE),
      { headers: { 'transfer-encoding': 'chunked' } },
    ],
    ['more than 3 MiB by its own word', 413, '', { headers: { 'content-length': String(1024 * MEBIBYTE) } }],
  ])('%s is answered with %i', async (_, code, body, question) => {
    const answer = await caller.post(body, question);
    expect(answer).toMatchObject({ code });
    expect(answer.body.length).toBeGreaterThan(5);
  });
});

describe('a review by somebody who only reaches the port', () => {
  const paths = [
    '/',
    '/mutate/pods',
    '/mutate/pods/',
    `/mutate/pods/${'0'.repeat(32)}`,
    '/mutate/pods/%00',
    '//mutate/pods',
  ];

  test.each(paths)('at %s is answered with 404 and nothing more, and reserves nothing', async (path) => {
    for (const dryRun of [false, true]) {
      const answer = await caller.post(JSON.stringify(reviewOf(asked, { dryRun })), { path: `${path}?timeout=10s` });
      expect(answer).toEqual({ code: 404, body: 'nothing is served here\n' });
    }
    expect((await hostport.holders()).map(({ holder }) => holder)).toEqual([]);
  });
});

describe('bytes that are no request', () => {
  test('plain HTTP is not answered with a review, and the connection ends', async () => {
    using connection = await caller.plain();
    const head = `POST ${caller.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${good.length}`;
    connection.socket.write(`${head}\r\n\r\n${good}`);
    expect(await connection.received).not.toContain('AdmissionReview');
  });

  test.each([
    ['no HTTP', 'hello\r\n\r\n', '400'],
    ['two lengths', 'POST /mutate/pods HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}', '400'],
    ['endless headers', `POST /mutate/pods HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(100_000)}`, '431'],
  ])('%s inside of TLS is answered with an error', async (_, bytes, code) => {
    using connection = await caller.secure();
    connection.socket.write(bytes);
    expect(await connection.received).toMatch(new RegExp(`^HTTP/1.1 ${code} `));
  });

  test('a body that comes too slowly is given up, and others are served meanwhile', async () => {
    using connection = await caller.secure();
    connection.socket.write(`POST ${caller.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n`);
    connection.socket.write('content-length: 1000000\r\n\r\n{"apiVersion":');
    let trickle = 0;
    const timer = setInterval(() => {
      trickle++;
      connection.socket.write(' ');
    }, 500);
    expect(reviewIn(await caller.post(good))).toMatchObject({ allowed: true });
    expect(await connection.received).toMatch(/^HTTP\/1.1 429 /);
    clearInterval(timer);
    expect(trickle).toBeGreaterThan(0);
  });

  test('hundreds of silent connections keep nobody away', async () => {
    const silent = await Promise.all(Array.from({ length: 300 }, () => caller.plain()));
    expect(reviewIn(await caller.post(good))).toMatchObject({ allowed: true });
    for (const connection of silent) connection[Symbol.dispose]();
  });

  test('callers that hang up in the middle leave nothing behind', async () => {
    const body = JSON.stringify(reviewOf(asked));
    const head = `POST ${caller.path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}`;
    for (let at = 0; at < 50; at++) {
      const connection = await caller.secure();
      connection.socket.end(`${head}\r\n\r\n${at % 2 === 0 ? body : body.slice(0, 100)}`);
      if (at % 3 !== 0) connection[Symbol.dispose]();
      else await connection.received;
    }
    expect(reviewIn(await caller.post(good))).toMatchObject({ allowed: true });
    await whenFree(hostport, 'arena/', 60_000);
  });
});

describe('what is no review of a pod', () => {
  test('is refused in a review', async () => {
    const bodies = fc.sample(
      fc.oneof(
        fc.json(),
        fc.jsonValue().map((object) => JSON.stringify(reviewOf(object))),
      ),
      500,
    );
    const answers = await sendAll(bodies);
    for (const answer of answers) expect(reviewIn(answer)).toMatchObject({ allowed: false });
  });

  test('and one that is nested deeper than anything is answered, too', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const text = JSON.stringify(reviewOf({ ...asked, spec: { ...asked.spec, deep: 'DEEP' } }, { dryRun: true }));
    for (const body of [deep, text.replace('"DEEP"', deep)]) {
      expect((await caller.post(body)).code).toBeGreaterThanOrEqual(200);
    }
  });
});

describe('pods as large as they come', () => {
  const listOf = <T>(length: number, make: (at: number) => T): readonly T[] =>
    Array.from({ length }, (_, at) => make(at));
  const many = (count: number, name: (at: number) => string) =>
    pod(
      [
        container(
          'server',
          listOf(count, (at) => port(name(at), 1 + (at % 65_535))),
        ),
      ],
      {
        annotations: asking({ enabled: 'true' }),
      },
    );

  test.each<readonly [string, object]>([
    ['thirty thousand ports', many(30_000, (at) => `p-${at}`)],
    ['thirty thousand ports without names', many(30_000, () => '')],
    ['thirty thousand ports of one name', many(30_000, () => 'http')],
    [
      'ten thousand containers',
      pod(
        listOf(10_000, (at) => container(`c-${at}`, [port(`p-${at}`, 1 + at)])),
        { annotations: asking({ enabled: 'true' }) },
      ),
    ],
    [
      'an endless list of ports to keep',
      pod([container('server', [port('http', 80)])], {
        annotations: asking({ enabled: 'true', keep: listOf(100_000, (at) => `k${at}`).join(',') }),
      }),
    ],
    [
      'a record of how it came that is full of nonsense',
      pod([container('server', [port('http', 80)])], {
        annotations: asking({ enabled: 'true', requested: '{"env":['.repeat(50_000) }),
      }),
    ],
    ['a broken port allocator of two megabytes', allocatorPod('[{"name":"a","env":"A"},'.repeat(50_000))],
    [
      'a port allocator of fifty thousand ports',
      allocatorPod(JSON.stringify({ allocations: listOf(40_000, (at) => ({ name: `p-${at}`, env: `P_${at}` })) })),
    ],
    [
      'fifty thousand settings that are none',
      pod([container('server')], {
        annotations: asking(Object.fromEntries(listOf(50_000, (at) => [`setting-${at}`, 'true']))),
      }),
    ],
    [
      'fifty thousand variables',
      pod(
        [container('server', [port('http', 80)], { env: listOf(50_000, (at) => ({ name: `V_${at}`, value: '' })) })],
        {
          annotations: asking({ enabled: 'true' }),
        },
      ),
    ],
    ['as many ports as it may have', many(1_024, (at) => `p-${at}`)],
  ])('with %s are answered before the API server gives up', async (_, object) => {
    const body = JSON.stringify(reviewOf(object, { dryRun: true }));
    expect(body.length).toBeLessThan(3 * MEBIBYTE);
    const began = performance.now();
    const { allowed, status } = reviewIn(await caller.post(body));
    expect(performance.now() - began).toBeLessThan(5_000);
    if (!allowed) expect((status?.message ?? '').length).toBeLessThan(3_000);
  });
});

function allocatorPod(text: string): object {
  return pod([container('server')], { annotations: asking({ 'port-allocator': text }) });
}

describe('annotations of every sort', () => {
  const { allocatedPrefix, rbgPortAllocator } = podAnnotations;
  const keys = [
    ...['enabled', 'pool', 'base-port', 'strategy', 'policy', 'keep', 'network', 'allocation', 'sticky'],
    ...['port-allocator', 'reservation', 'requested', 'allocated-http', '', '__proto__', 'constructor'],
  ].map((name) => `hostport.io/${name}`);
  const key = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...keys, rbgPortAllocator) },
    { weight: 1, arbitrary: fc.string().map((text) => `${allocatedPrefix}${text}`) },
  );
  const words = [
    'true',
    'false',
    'True',
    '',
    'default',
    'from-30558',
    '30558',
    '0',
    '-1',
    '1e3',
    '٣',
    'Random',
    'Host',
  ];
  const more = ['Passthrough', 'http', 'http,http', ',', 'null', '{}', '[]', '{"allocations":[]}', '../../x', '\u0000'];
  const allocation = fc.record(
    {
      name: fc.oneof(fc.constantFrom('http', 'grpc', 'A'), fc.string()),
      env: fc.oneof(fc.constantFrom('A', 'PATH', '1'), fc.string()),
      annotationKey: fc.oneof(fc.constantFrom('example.com/a', 'hostport.io/enabled'), fc.string()),
      scope: fc.oneof(fc.constantFrom('PodScoped', 'RoleScoped'), fc.string()),
      protocol: fc.oneof(fc.constantFrom('TCP', 'UDP', 'TCPUDP'), fc.string()),
      count: fc.oneof(fc.constantFrom(1, 2, 1024, 65_536), fc.integer(), fc.double()),
    },
    { requiredKeys: [] },
  );
  const text = fc.oneof(
    fc.constantFrom(...words, ...more),
    fc.string(),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.json(),
    fc.record({ allocations: fc.array(allocation, { maxLength: 4 }) }).map((value) => JSON.stringify(value)),
  );
  const annotations = fc.dictionary(key, text, { maxKeys: 5 });
  const enabled = annotations.map((all) => ({ 'hostport.io/enabled': 'true', ...all }));
  const anyPod = fc.tuple(somePod, fc.oneof(annotations, enabled), fc.boolean()).map(([each, all, isGenerated]) => ({
    ...each,
    metadata: {
      ...each.metadata,
      annotations: all,
      ...(isGenerated ? { name: undefined, generateName: 'match-' } : {}),
    },
  }));

  test('are let in or refused, and what was let in and never came is free again', async () => {
    const bodies = fc
      .sample(fc.tuple(anyPod, fc.boolean()), 3_000)
      .map(([object, dryRun]) => JSON.stringify(reviewOf(object, { dryRun })));
    const answers = (await sendAll(bodies)).map((answer) => reviewIn(answer));
    const allowed = answers.filter((answer) => answer.allowed);
    // Both happen, often: it's more than the front door that was tried.
    expect(allowed.length).toBeGreaterThan(50);
    expect(answers.length - allowed.length).toBeGreaterThan(500);
    for (const { status } of answers) if (status !== undefined) expect(status.message).toMatch(/^[A-Z]\w+: \S/);
    await whenFree(hostport, 'arena/', 60_000);
  });
});

test('at the end a pod gets its number as at the beginning, and nothing else is held', async () => {
  await create(hostport, podOf('calm'));
  await whenHeld(hostport, 'default/calm', 1);
  expect(await claimsOf(hostport)).toHaveLength(1);
  for (const manager of hostport.managers) expect(manager.log()).not.toContain('a request failed');
});

/** Sends all, sixteen at a time; every one has to be answered. */
function sendAll(bodies: readonly string[]): Promise<readonly Answer[]> {
  return Promise.all(bodies.map((body) => caller.post(body)));
}
