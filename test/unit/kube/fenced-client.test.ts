import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock } from '../../../src/base/clock.ts';
import { FencedError } from '../../../src/base/fence.ts';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { systemRandom as random } from '../../../src/base/random.ts';
import { ConfigMaps, Connection, Pods, createClusterClient, fencedClient } from '../../../src/kube/index.ts';
import type { ClusterClient } from '../../../src/kube/index.ts';

/** As many requests as a connection has in flight at once. */
const AT_ONCE = 16;

const { signal } = new AbortController();
let cleanUp: Lifetime;
let client: ClusterClient;
/** Requests that have arrived and aren't answered yet. */
let open: ServerResponse[];
let arrived: string[];
let onArrival: () => void;
let closed: string | undefined;

beforeEach(async () => {
  cleanUp = new Lifetime('fenced client under test');
  open = [];
  arrived = [];
  onArrival = () => undefined;
  closed = undefined;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => {
      arrived.push(`${request.method ?? ''} ${request.url ?? ''}`);
      open.push(response);
      onArrival();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp.defer(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  cleanUp.defer(() => server.closeAllConnections());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const folder = await mkdtemp(join(tmpdir(), 'hostport-'));
  cleanUp.defer(() => rm(folder, { recursive: true }));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigFor(`http://127.0.0.1:${port}`));
  const connection = cleanUp.own(new Connection({ kubeconfig, clock }));
  client = fencedClient(createClusterClient({ connection, clock, random }), { reason: () => closed });
});
afterEach(() => cleanUp[Symbol.asyncDispose]());

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'it', cluster: { server } }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'me' } }],
    users: [{ name: 'me', user: {} }],
    'current-context': 'it',
  });
}

async function whenArrived(count: number): Promise<void> {
  while (arrived.length < count) await new Promise<void>((resolve) => (onArrival = resolve));
}

function answerAll(): void {
  for (const response of open.splice(0)) {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ metadata: { name: 'it', resourceVersion: '1' } }));
  }
}

test('a burst of writes that waits for connections when its fence closes is not sent', async () => {
  const key = { metadata: { namespace: 'games' } };
  const burst = Array.from({ length: 3 * AT_ONCE }, (_, at) =>
    client.create(
      Pods,
      { ...key, metadata: { ...key.metadata, name: `pod-${at}` }, spec: { containers: [] } },
      { signal },
    ),
  );
  const ends = Promise.allSettled(burst);
  await whenArrived(AT_ONCE);
  closed = 'no longer the leader';
  answerAll();
  const outcomes = await ends;
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(AT_ONCE);
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  expect(failures).toHaveLength(2 * AT_ONCE);
  for (const failure of failures) expect(failure).toEqual(new FencedError('no longer the leader'));
  expect(arrived).toHaveLength(AT_ONCE);
});

test('no sort of write is sent behind a closed fence, and reads are', async () => {
  closed = 'no longer the leader';
  const name = { namespace: 'games', name: 'it' };
  const object = { metadata: { ...name, resourceVersion: '1' }, data: {} };
  const writes = [
    client.create(ConfigMaps, object, { signal }),
    client.replace(ConfigMaps, object, { signal }),
    client.patch(ConfigMaps, name, { type: 'merge', body: {}, signal }),
    client.remove(ConfigMaps, name, { signal }),
    client.createSubresource(Pods, name, { subresource: 'binding', body: {}, signal }),
  ];
  for (const write of writes) await expect(write).rejects.toBeInstanceOf(FencedError);
  const read = client.get(ConfigMaps, name, { signal });
  await whenArrived(1);
  answerAll();
  expect(await read).toMatchObject({ metadata: { name: 'it' } });
  expect(arrived).toEqual(['GET /api/v1/namespaces/games/configmaps/it']);
});
