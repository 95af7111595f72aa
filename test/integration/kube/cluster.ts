import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/base/clock.ts';
import { Lifetime } from '../../../src/base/lifetime.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { ConfigMaps, Connection, Namespaces, ResourceCache, createClusterClient } from '../../../src/kube/index.ts';
import type { ClusterClient, ConfigMap, RequestReport, ResourceCacheOptions } from '../../../src/kube/index.ts';
import { startControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { startRelay } from './relay.ts';
import type { Relay } from './relay.ts';

/** Never aborted: the test's own time-out governs. */
export const signal = new AbortController().signal;

/** An API server of this test file's own, with nothing beside it, and a client for it. */
export interface TestCluster extends AsyncDisposable {
  readonly plane: ControlPlane;
  readonly client: ClusterClient;
  readonly reports: readonly RequestReport[];
  /** A new namespace. */
  namespace(): Promise<string>;
  /** A client whose every byte goes through a relay; ended with the cluster. */
  relayed(): Promise<{ readonly client: ClusterClient; readonly relay: Relay }>;
  /** A started cache of the ConfigMaps of a namespace; ended with the cluster. */
  cache(namespace: string, change?: Partial<ResourceCacheOptions<ConfigMap>>): ResourceCache<ConfigMap>;
}

/** Starts it, with further flags for the API server. */
export async function startCluster(...extraApiServerArgs: readonly string[]): Promise<TestCluster> {
  const lifetime = new Lifetime('test cluster');
  const plane = await startControlPlane({
    controllerManager: false,
    scheduler: false,
    kwok: false,
    extraApiServerArgs,
  });
  lifetime.defer(() => plane.stop());
  const reports: RequestReport[] = [];
  const connectTo = (kubeconfig: string): ClusterClient => {
    const connection = lifetime.own(new Connection({ kubeconfig, clock: systemClock }));
    const onRequest = (report: RequestReport): void => void reports.push(report);
    return createClusterClient({ connection, clock: systemClock, random: systemRandom, onRequest });
  };
  const client = connectTo(plane.kubeconfig);
  return {
    plane,
    client,
    reports,
    namespace: async () => {
      const made = await client.create(Namespaces, { metadata: { generateName: 'test-' } }, { signal });
      return made.metadata.name;
    },
    relayed: async () => {
      const relay = lifetime.own(await startRelay({ host: '127.0.0.1', port: Number(new URL(plane.url).port) }));
      const path = join(plane.dir, `relayed-${relay.port}`);
      const text = readFileSync(plane.kubeconfig, 'utf8');
      writeFileSync(path, text.replaceAll(new URL(plane.url).host, `127.0.0.1:${relay.port}`));
      return { relay, client: connectTo(path) };
    },
    cache: (namespace, change = {}) => {
      const common = { clock: systemClock, random: systemRandom, logger: silentLogger };
      const cache = lifetime.own(new ResourceCache({ client, type: ConfigMaps, namespace, ...common, ...change }));
      cache.start();
      return cache;
    },
    [Symbol.asyncDispose]: () => lifetime[Symbol.asyncDispose](),
  };
}

/** Waits until `condition` holds; the test's time-out is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => systemClock.schedule(20, () => resolve(undefined)));
}
