import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { allocation, makeNamespace, numbersGiven } from './expectations.ts';

const ports = [{ name: 'game' }, { name: 'rtp', protocol: 'UDP' as const, count: 4 }];

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ managers: 2, record: false });
  await makeNamespace(hostport, 'arcade');
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** Has allocations served, and gives their numbers. */
async function hold(...names: readonly string[]): Promise<readonly number[]> {
  for (const name of names) await hostport.apply(allocation(name, { ports }, 'arcade'));
  return (await Promise.all(names.map((name) => numbersGiven(hostport, name, 'arcade')))).flat();
}

/** Names of everything in the cluster that is ours. */
async function traces(): Promise<readonly string[]> {
  const kinds = 'crd,clusterroles,clusterrolebindings,configmaps,leases,serviceaccounts,roles,rolebindings,namespaces';
  const { stdout } = await hostport.kubectl(['get', kinds, '-A', '-o', 'name']);
  return stdout.split('\n').filter((name) => name.includes('hostport'));
}

/** Ends every manager and starts it anew: with the token of the account that there is now. */
async function restartManagers(): Promise<void> {
  for (const manager of hostport.managers) await manager.restart();
  await hostport.whenReady();
}

test('while something is held, uninstall lists it, removes nothing that matters and exits with 3', async () => {
  await hold('first', 'second');
  const [summary, before] = [
    (await hostport.objects.findAllocation('first', 'arcade'))?.status?.summary,
    await traces(),
  ];
  const { code, stderr } = await hostport.run('uninstall');
  expect(code).toBe(3);
  for (const words of [
    'numbers are still held',
    `arcade/first ${summary}`,
    'arcade/second',
    'hostport uninstall --force',
  ]) {
    expect(stderr).toContain(words);
  }
  expect(await traces()).toEqual(before);
  expect(await hold('third')).toHaveLength(5);
});

test('by force it takes everything away while managers run, and they write nothing again', async () => {
  const { code, stdout } = await hostport.run('uninstall', '--force');
  expect({ code, stdout }).toMatchObject({ code: 0 });
  expect(await traces()).toEqual([]);
  // Whoever led learns that it can't any more; until then it may have tried.
  const read = (): boolean => hostport.managers.some((manager) => manager.log().includes('leads no more'));
  await hostport.eventually(read, (hasLearnt) => hasLearnt, 'the leader leads no more', 60_000);
  expect(await traces()).toEqual([]);
  for (const { pid } of hostport.managers) expect(pid).toBeDefined();
});

test('installed again, it serves anew, and nothing is held from before', async () => {
  await hostport.install();
  await restartManagers();
  const numbers = await hold('fourth');
  expect((await hostport.holders()).map(({ number }) => number)).toEqual(
    numbers.toSorted((left, right) => left - right),
  );
});

test('by force it needs no manager, not even for a namespace that is on its way out', async () => {
  for (const manager of hostport.managers) await manager.kill('SIGKILL');
  await hostport.kubectl(['delete', 'ns', 'arcade', '--wait=false']);
  expect(await hostport.run('uninstall')).toMatchObject({ code: 3 });
  expect(await hostport.run('uninstall', '--force')).toMatchObject({ code: 0 });
  expect(await traces()).toEqual([]);
  expect(await hostport.kubectl(['delete', 'ns', 'arcade', '--ignore-not-found', '--timeout=90s'])).toMatchObject({
    code: 0,
  });
});

test('where nothing is held it needs no force', async () => {
  await hostport.install();
  await restartManagers();
  await makeNamespace(hostport, 'arcade');
  await hold('last');
  expect(await hostport.kubectl(['delete', 'pa', '--all', '-A', '--timeout=30s'])).toMatchObject({ code: 0 });
  expect(await hostport.holders()).toEqual([]);
  expect(await hostport.run('uninstall')).toMatchObject({ code: 0 });
  expect(await traces()).toEqual([]);
});
