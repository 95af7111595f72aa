import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { ManagerProcess, RunningHostport } from '../../support/hostport/hostport.ts';
import { discrepancies, moved } from './books.ts';

/** How long there is no API server; longer than a leader keeps its lease without being able to renew it. */
const OUTAGE_MS = 20_000;

/** Within this, whoever can't do its work says so. */
const NOTICED_MS = 15_000;

/** What is asked for at the moment in which the API server comes back has its numbers within this. */
const BACK_MS = 30_000;

const POOL = 'outage';

let hostport: RunningHostport;

beforeAll(async () => {
  hostport = await startHostport({ managers: 2 });
  await hostport.objects.createPool(POOL, { ranges: ['21000-21499'], cooldown: '1s' });
});

afterAll(() => hostport[Symbol.asyncDispose]());

describe('the API server is away for 20 seconds', () => {
  test('managers stay up and say so, and go on with their work by themselves when it is back', async () => {
    const { objects, plane, managers } = hostport;
    for (let at = 0; at < 20; at++) await request(`early-${at}`);
    for (let at = 0; at < 20; at++) await objects.given(`early-${at}`);
    const first = managers.map(({ pid }) => pid);

    // Some of what the managers are at when the connection breaks was done, and they can't know what.
    for (let at = 0; at < 40; at++) await request(`in-flight-${at}`);
    for (let at = 0; at < 10; at++) await objects.removeAllocation(`early-${at}`);
    const began = performance.now();
    await plane.stopApiServer();
    const noticed = await Promise.all(managers.map((manager) => whenUnready(manager)));
    const noticedAfter = seconds(performance.now() - began);
    for (const { body } of noticed) expect(body).toMatch(/"api-server": "(?!ok").+"/);
    // One more is started, as a node that comes back would do.
    const newcomer = await hostport.addManager({ wait: false });
    const lives = (): Promise<{ status: number }> => newcomer.get('/livez');
    await hostport.eventually(
      lives,
      ({ status }) => status === 200,
      'a manager that starts without an API server lives',
    );
    const pids = managers.map(({ pid }) => pid);
    await sleep(began + OUTAGE_MS - performance.now());
    for (const manager of managers) {
      expect((await manager.get('/readyz')).status).toBe(503);
      expect((await manager.get('/livez')).status).toBe(200);
    }

    await plane.startApiServer();
    const back = performance.now();
    for (let at = 0; at < 10; at++) await request(`late-${at}`);
    for (let at = 10; at < 20; at++) await objects.removeAllocation(`early-${at}`);
    for (let at = 0; at < 10; at++) await objects.given(`late-${at}`, 'default', BACK_MS);
    const served = performance.now();
    for (let at = 0; at < 20; at++) await objects.gone(`early-${at}`, 'default', BACK_MS);
    await hostport.whenReady(BACK_MS);
    const read = (): Promise<readonly string[]> => discrepancies(hostport, POOL);
    await hostport.eventually(read, ({ length }) => length === 0, 'nothing is lost and nothing leaked', 60_000);
    console.log(
      `noticed after ${noticedAfter}; served ${seconds(served - back)}, settled ${seconds(performance.now() - back)} after the return`,
    );

    expect(managers.map(({ pid }) => pid)).toEqual(pids);
    expect(pids).toEqual([...first, newcomer.pid]);
    expect(moved(hostport)).toEqual([]);
    expect((await hostport.recorder.verdict()).faults).toEqual([]);
  }, 180_000);
});

function request(name: string): Promise<unknown> {
  return hostport.objects.createAllocation(name, {
    poolName: POOL,
    ports: [{ name: 'game', protocol: 'UDP' }, { name: 'admin' }],
  });
}

function whenUnready(manager: ManagerProcess): Promise<{ readonly status: number; readonly body: string }> {
  const what = `${manager.name} says that the API server doesn't answer`;
  return hostport.eventually(
    () => manager.get('/readyz'),
    ({ status }) => status === 503,
    what,
    NOTICED_MS,
  );
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
