import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { succeed, startHostport } from '../../support/hostport/hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';

let hostport: RunningHostport;
beforeAll(async () => {
  hostport = await startHostport({ managers: 2, sweepInterval: '2s' });
  await hostport.objects.createPool('quick', { ranges: ['21000-21009'], cooldown: '2s' });
});
afterAll(async () => hostport[Symbol.asyncDispose]());

/** Text, once the test has waited for the Event to be written. */
async function eventOf(name: string, reason: string): Promise<string | undefined> {
  const find = async (): Promise<string | undefined> =>
    (await hostport.objects.eventsOf(name)).find((event) => event.reason === reason)?.message;
  return hostport.eventually(find, (message) => message !== undefined, `${name} has an Event ${reason}`);
}

describe('an allocation', () => {
  test('has its numbers', async () => {
    const { objects } = hostport;
    await objects.createAllocation('web', {
      poolName: 'quick',
      ports: [{ name: 'http' }, { name: 'dns', protocol: 'TCPUDP' }],
    });
    const ports = await objects.given('web');
    expect(ports.map(({ name, protocol }) => [name, protocol])).toEqual([
      ['http', 'TCP'],
      ['dns', 'TCPUDP'],
    ]);
    expect(new Set(ports.map(({ port }) => port)).size).toBe(2);
    for (const { port } of ports) expect(Math.floor(port / 10)).toBe(2100);
  });

  test('shows them in its status, its columns and an Event', async () => {
    const [http, dns] = await hostport.objects.given('web');
    const summary = `http=${http?.port ?? ''}/TCP dns=${dns?.port ?? ''}/TCPUDP`;
    const found = await hostport.objects.findAllocation('web');
    expect(found?.status).toMatchObject({
      poolName: 'quick',
      summary,
      observedGeneration: 1,
      holder: { kind: 'PortAllocation', name: 'web', uid: found?.metadata.uid },
    });
    const row = await succeed(hostport.kubectl(['get', 'portallocations', 'web', '--no-headers']));
    expect(row.trim().split(/ {2,}/)).toEqual([
      'web',
      'quick',
      summary,
      'web',
      'True',
      'Allocated',
      expect.any(String),
    ]);
    expect(await eventOf('web', 'Allocated')).toBe(`from pool "quick": ${summary}`);
  });

  test('is in the ledger under its UID', async () => {
    const uid = (await hostport.objects.findAllocation('web'))?.metadata.uid;
    const numbers = (await hostport.objects.given('web')).map(({ port }) => port);
    const held = (await hostport.holders()).filter((one) => one.holder === 'default/web');
    expect(held.map(({ number }) => number)).toEqual(numbers.toSorted((left, right) => left - right));
    for (const one of held) expect(one).toMatchObject({ uid, pool: 'quick' });
  });

  test('counts in the pool', async () => {
    const status = async () => (await hostport.objects.findPool('quick'))?.status;
    const counted = await hostport.eventually(status, (seen) => seen?.allocated === 2, 'the pool counts two');
    expect(counted).toMatchObject({ capacity: 10, free: 8, cooling: 0 });
  });

  test('gives its numbers back when it is deleted: they cool down, then they are free', async () => {
    const { objects, eventually } = hostport;
    const states = async (): Promise<readonly string[]> =>
      (await hostport.ledger()).flatMap(({ claims }) => claims).map(({ state }) => state);
    await objects.removeAllocation('web');
    await objects.gone('web');
    expect(await states()).toEqual(['cooling', 'cooling']);
    expect(await eventOf('web', 'Released')).toContain('http=');
    const free = async (): Promise<number | undefined> => (await objects.findPool('quick'))?.status?.free;
    await eventually(free, (count) => count === 10, 'all numbers are free again');
    await eventually(states, ({ length }) => length === 0, 'nothing of it is left in the ledger', 60_000);
  });
});

describe('a manager', () => {
  test('says how it is, and what it has done', async () => {
    const leader = await hostport.eventually(
      () => hostport.leader(),
      (found) => found !== undefined,
      'one leads',
    );
    for (const path of ['/livez', '/readyz']) {
      for (const manager of hostport.managers) expect(await manager.get(path)).toMatchObject({ status: 200 });
    }
    const { body } = (await leader?.get('/metrics')) ?? {};
    expect(body).toContain('hostport_leader 1');
    expect(body).toContain('hostport_allocations_total{pool="quick",outcome="allocated"} 1');
    expect(body).toMatch(/hostport_pool_numbers\{pool="quick",state="free"\} \d+/);
    expect(body).toMatch(/hostport_ledger_writes_total\{result="\w+"\} [1-9]/);
  });

  test('gives the lease up and ends with 0 on SIGTERM; the other one goes on at once', async () => {
    const leader = await hostport.eventually(
      () => hostport.leader(),
      (found) => found !== undefined,
      'one leads',
    );
    expect(await leader?.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect((await hostport.lease())?.holderIdentity).not.toBe(leader?.identity);
    await hostport.objects.createAllocation('next', { poolName: 'quick', ports: [{ name: 'http' }] });
    await hostport.objects.given('next');
    const next = await hostport.leader();
    expect(next?.name).not.toBe(leader?.name);
    await leader?.start();
    await hostport.whenReady();
  });
});

describe('the recorder', () => {
  test('has seen every version, and no number with two holders', async () => {
    const { faults, gaps, seen } = await hostport.recorder.verdict();
    expect({ faults, gaps }).toEqual({ faults: [], gaps: [] });
    expect(seen['ConfigMap']).toBeGreaterThan(1);
    expect(seen['PortAllocation']).toBeGreaterThan(2);
  });

  test('notices a number that two allocations show, even if only for a moment', async () => {
    const { objects } = hostport;
    const [taken] = await objects.given('next');
    await objects.createAllocation('thief', { poolName: 'quick', ports: [{ name: 'loot' }] });
    await objects.given('thief');
    const status = { ports: [{ name: 'loot', protocol: 'TCP', port: taken?.port }] };
    const patch = JSON.stringify({ status });
    await succeed(hostport.kubectl(['patch', 'pa', 'thief', '--subresource=status', '--type=merge', '-p', patch]));
    const { faults } = await hostport.recorder.verdict();
    expect(faults.join('\n')).toContain(`${taken?.port ?? ''} of hostport-cluster has two holders`);
    expect(faults.join('\n')).toContain('default/thief');
    const [own] = await hostport.eventually(
      () => objects.given('thief'),
      ([port]) => port?.port !== taken?.port,
      'the status is right again',
    );
    expect(own?.port).not.toBe(taken?.port);
  });
});
