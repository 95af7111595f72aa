import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { NodeAgent } from '../../../src/agent/index.ts';
import type { Host } from '../../../src/agent/index.ts';
import type { NodeReport } from '../../../src/api/index.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import type { ClusterClient } from '../../../src/kube/index.ts';
import { FakeClock, settle } from '../../support/fake-clock.ts';
import { storedPool } from '../allocation/resources.ts';

const pools = { read: () => Promise.resolve([storedPool('games', { ranges: ['20000-20009'] }).spec]) };
const quiet: Host = { ephemeral: { first: 32_768, last: 60_999 }, reserved: [], sockets: [] };
const busy: Host = { ...quiet, sockets: [{ protocol: 'TCP', port: 20_000 }] };

let clock: FakeClock;
let host: Host | Error;
/** The seconds at which something was written, and what. */
let written: { readonly at: number; readonly ports: readonly number[]; readonly owner: string }[];
/** UIDs of the node, and of its report. */
let uids: { node: string; report: string };
let isThere: boolean;
let warnings: string[];
let trouble: Error | undefined;
let stop: AbortController;
let running: Promise<void>;

const client = {
  find: () =>
    Promise.resolve(isThere ? { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: uids.node } } : undefined),
  patch: (_type: unknown, _key: unknown, { body }: { readonly body: NodeReport }) => {
    if (trouble !== undefined) return Promise.reject(trouble);
    const [owner] = body.metadata.ownerReferences ?? [];
    const ports = body.spec.listening.map(({ port }) => port);
    written.push({ at: clock.monotonic() / 1000, ports, owner: owner?.uid ?? '' });
    return Promise.resolve({ metadata: { name: 'n1', uid: uids.report } });
  },
} as unknown as ClusterClient;

beforeEach(async () => {
  clock = new FakeClock();
  host = quiet;
  written = [];
  isThere = true;
  warnings = [];
  uids = { node: 'node-1', report: 'report-1' };
  trouble = undefined;
  stop = new AbortController();
  const readHost = (): Promise<Host> => (host instanceof Error ? Promise.reject(host) : Promise.resolve(host));
  const agent = new NodeAgent({
    client,
    clock,
    log: { ...silentLogger, warn: (message) => void warnings.push(message) },
    nodeName: 'n1',
    pools,
    readHost,
    intervalMs: 10_000,
  });
  running = agent.run(stop.signal);
  await settle();
});
afterEach(async () => {
  stop.abort();
  await running;
  expect(clock.pending).toBe(0);
});

const times = (): readonly number[] => written.map(({ at }) => at);

describe('an agent', () => {
  test('reports at once, and again before anybody stops to believe it', async () => {
    await clock.advance(60_000);
    expect(times()).toEqual([0, 16, 32, 48]);
  });

  test('reports a change soon, and changes that come fast not more often than its interval', async () => {
    await clock.advance(11_000);
    host = busy;
    await clock.advance(1_000);
    expect(written.at(-1)).toMatchObject({ at: 12, ports: [20_000] });
    host = quiet;
    await clock.advance(1_000);
    host = busy;
    await clock.advance(5_000);
    host = quiet;
    await clock.advance(10_000);
    expect(times()).toEqual([0, 12, 22]);
    expect(written.at(-1)?.ports).toEqual([]);
  });

  test('reports nothing while it can see nothing', async () => {
    host = new Error('no /proc');
    await clock.advance(120_000);
    expect(times()).toEqual([0]);
    host = busy;
    await clock.advance(2_000);
    expect(times()).toEqual([0, 122]);
  });

  test('tries again what could not be written, at its pace', async () => {
    trouble = new Error('the API server is away');
    host = busy;
    await clock.advance(25_000);
    expect(times()).toEqual([0]);
    trouble = undefined;
    await clock.advance(10_000);
    expect(written.at(-1)?.ports).toEqual([20_000]);
  });

  test('says that there is no node of its name, and reports it when it comes', async () => {
    await clock.advance(20_000);
    uids = { node: 'node-2', report: 'report-2' };
    isThere = false;
    await clock.advance(40_000);
    expect(times()).toEqual([0, 16, 32]);
    expect(new Set(warnings)).toEqual(new Set([expect.stringContaining('--node-name')]));
    isThere = true;
    await clock.advance(12_000);
    expect(written.at(-1)?.owner).toBe('node-2');
  });

  test('gives its report to the node that is there now', async () => {
    await clock.advance(20_000);
    uids = { node: 'node-2', report: 'report-2' };
    await clock.advance(60_000);
    expect(written.map(({ owner }) => owner)).toEqual(['node-1', 'node-1', 'node-1', 'node-2', 'node-2', 'node-2']);
  });
});
