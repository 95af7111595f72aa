import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Namespaces } from '../../../src/kube/index.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { ManagerProcess, RunningHostport } from '../../support/hostport/hostport.ts';

/** A cluster has one ledger: managers of two would give every number twice. */
let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport();
});
afterAll(async () => hostport[Symbol.asyncDispose]());

const name = (namespace: string): Promise<string> =>
  succeed(hostport.kubectl(['annotate', 'crd', 'portpools.hostport.io', '--overwrite', namespace]));
const endOf = async (manager: ManagerProcess): Promise<number | null | undefined> =>
  (
    await hostport.eventually(
      async () => manager.ended,
      (exit) => exit !== undefined,
      'it ended by itself',
    )
  )?.code;

test('a manager of another namespace ends, and says what to do', async () => {
  const other = await hostport.addManager({ wait: false, args: ['--namespace', 'other'] });
  expect(await endOf(other)).toBe(2);
  expect(other.log()).toContain('hostport: the ledger of this cluster is in namespace "hostport-system"');
  expect(other.log()).toContain('run the manager with "--namespace hostport-system"');
  // It has written nothing, and those of the cluster serve.
  expect(other.log()).not.toContain('answers admission reviews');
  expect(await hostport.manager().ready()).toBe(true);
});

test.each(['install', 'uninstall'])('%s for another namespace is refused, and does nothing', async (command) => {
  const { code, stdout, stderr } = await hostport.run(command, '--namespace', 'other');
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('is in namespace "hostport-system"');
  expect(stderr).toContain('"hostport uninstall --namespace hostport-system"');
  const { client, signal } = hostport;
  expect(await client.find(Namespaces, { name: 'other' }, { signal })).toBeUndefined();
  expect(await hostport.manager().ready()).toBe(true);
});

test('a manager that runs ends when the ledger is moved away from it, and begins when it is back', async () => {
  const manager = hostport.manager();
  await name('hostport.io/ledger-namespace=elsewhere');
  expect(await endOf(manager)).toBe(2);
  expect(manager.log()).toContain('hostport: the ledger of this cluster is in namespace "elsewhere"');
  await name('hostport.io/ledger-namespace=hostport-system');
  await manager.start();
  await hostport.whenReady();
});

test('where none is named, as by an earlier version, managers begin with a warning, and install names it', async () => {
  await name('hostport.io/ledger-namespace-');
  const manager = hostport.manager();
  await manager.restart();
  await hostport.whenReady();
  expect(manager.log()).toContain('no namespace is written down as the ledger');
  const { code, stderr } = await hostport.run('install', '--namespace', 'other');
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('in namespace "hostport-system"') });
  await hostport.install();
  const path = String.raw`jsonpath={.metadata.annotations.hostport\.io/ledger-namespace}`;
  expect(await succeed(hostport.kubectl(['get', 'crd', 'portpools.hostport.io', '-o', path]))).toBe('hostport-system');
});
