import { systemClock as clock } from '../../src/base/clock.ts';
import { silentLogger as logger } from '../../src/base/logger.ts';
import { systemRandom as random } from '../../src/base/random.ts';
import { ConfigMaps, ResourceCache } from '../../src/kube/index.ts';
import type { ConfigMap } from '../../src/kube/index.ts';
import { ledgerSelector } from '../../src/ledger/index.ts';
import type { RunningHostport } from '../../test/support/hostport/hostport.ts';
import { readBlock } from '../../test/support/hostport/ledger.ts';
import { PAUSES_MEAN, pauseCells, pauseColumns, readPauses } from '../pauses.ts';
import { tell } from '../progress.ts';
import type { Section } from '../report.ts';
import { figure, median, quantile } from '../statistics.ts';
import { installHostport } from './plane.ts';
import { NAMESPACE } from '../cluster.ts';

const ALLOCATIONS = 100;
const BAR_MS = 1_000;

/** From the deletion of an allocation to its number being free or cooling in the ledger. */
export async function measureRelease(): Promise<Section> {
  tell('release: starting a cluster and two managers');
  await using owned = new AsyncDisposableStack();
  const hostport = await installHostport(owned, { section: 'release', managers: 2 });
  const names = Array.from({ length: ALLOCATIONS }, (_, at) => `match-${at}`);
  await Promise.all(names.map((name) => hostport.objects.createAllocation(name, [{ name: 'game', protocol: 'UDP' }])));
  await Promise.all(names.map((name) => hostport.objects.given(name)));
  const ledger = owned.use(await watchLedger(hostport));
  tell(`release: ${ALLOCATIONS} allocations, one at a time`);
  await readPauses(hostport.managers);
  const times: number[] = [];
  for (const name of names) times.push(await timeOfRelease(hostport, ledger, name));
  const pauses = await readPauses(hostport.managers);
  const p99 = quantile(times, 0.99);
  return {
    title: 'Release',
    method: `From the request that deletes a PortAllocation to the watch that shows its number cooling or free in the ledger; ${ALLOCATIONS} of them, one at a time, with two managers; in ms. ${PAUSES_MEAN}`,
    columns: ['p50', 'p99', 'longest', ...pauseColumns],
    rows: [[figure(median(times)), figure(p99), figure(Math.max(...times)), ...pauseCells(pauses)]],
    verdicts: [
      { what: 'release, p99', bar: `≤ ${BAR_MS / 1000} s`, measured: `${figure(p99 / 1000)} s`, met: p99 <= BAR_MS },
    ],
  };
}

async function timeOfRelease(
  hostport: RunningHostport,
  ledger: ResourceCache<ConfigMap>,
  name: string,
): Promise<number> {
  const released = Promise.withResolvers<number>();
  const began = performance.now();
  using _ = ledger.subscribe(() => {
    if (!isHeld(ledger, `default/${name}`)) released.resolve(performance.now() - began);
  });
  await hostport.objects.removeAllocation(name);
  return await released.promise;
}

function isHeld(ledger: ResourceCache<ConfigMap>, holder: string): boolean {
  const claims = ledger.list().flatMap((object) => readBlock(object)?.claims ?? []);
  return claims.some((claim) => claim.state === 'held' && `${claim.holder.namespace}/${claim.holder.name}` === holder);
}

async function watchLedger({ client, signal }: RunningHostport): Promise<ResourceCache<ConfigMap>> {
  const selection = { namespace: NAMESPACE, labelSelector: ledgerSelector };
  const cache = new ResourceCache<ConfigMap>({ client, type: ConfigMaps, ...selection, clock, random, logger });
  cache.start();
  await cache.whenSynced(signal);
  return cache;
}
