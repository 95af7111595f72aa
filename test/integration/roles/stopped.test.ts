import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEFAULT_NAMESPACE, WEBHOOK_CONFIGURATION_NAME } from '../../../src/api/index.ts';
import { MutatingWebhookConfigurations } from '../../../src/kube/index.ts';
import { auditFolder, auditedCalls } from '../../support/control-plane/audit.ts';
import type { AuditedCall } from '../../support/control-plane/audit.ts';
import { startControlPlane } from '../../support/control-plane/control-plane.ts';
import type { ControlPlane } from '../../support/control-plane/control-plane.ts';
import { freePort } from '../../support/control-plane/ports.ts';
import { startHostport } from '../../support/hostport/hostport.ts';
import type { ManagerProcess, RunningHostport } from '../../support/hostport/hostport.ts';
import { writeAccountKubeconfig } from '../../support/hostport/service-account.ts';
import { asked, reviewOf } from '../../unit/webhook/reviews.ts';
import { Caller } from '../webhook/caller.ts';
import { Births } from './births.ts';
import { Sets, component, envOf, roleSet } from './sets.ts';

const NAME = 'prefill';
const INSTANCES = 80;
const PODS = 3 * INSTANCES;
/** So many pods are there when the leader is stopped: hundreds of requests are still to come, and some are on their way. */
const STOPPED_AFTER = 40;
/** Longer than its lease lasts and than it may go on without a renewal. */
const STOPPED_MS = 20_000;
/** So often a candidate looks at the lease before it is believed that nothing more comes: every two seconds. */
const LOOKS = 3;
/** For a burst on a machine that has other work. */
const LONG_MS = 180_000;
const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** A manager whose requests can be told from another's. */
interface Told {
  readonly manager: ManagerProcess;
  readonly token: string;
  /** Where it alone answers reviews, as a Service sends none to a pod that has stopped. */
  readonly port: number;
}

let folder: string;
let plane: ControlPlane;
let hostport: RunningHostport;
let sets: Sets;
let births: Births;
let leader: Told;
let standby: Told;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hostport-stopped-'));
  plane = await startControlPlane({ nodes: 2, auditFolder: auditFolder() ?? folder });
  hostport = await startHostport({ plane, managers: 0, sweepInterval: '2s' });
  sets = new Sets(hostport);
  births = await Births.of(hostport);
  leader = await start('first', await freePort());
  await hostport.eventually(
    () => hostport.leader(),
    (found) => found === leader.manager,
    'the first one leads',
  );
  standby = await start('second', hostport.webhookPort);
}, 300_000);

afterAll(async () => {
  await births[Symbol.asyncDispose]();
  await hostport[Symbol.asyncDispose]();
  await plane[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** A manager with a token of its own. */
async function start(name: string, port: number): Promise<Told> {
  const { client, signal } = hostport;
  const path = join(folder, name);
  await writeAccountKubeconfig({ client, access: plane, namespace: DEFAULT_NAMESPACE, path, signal });
  const args = ['--kubeconfig', path, '--webhook-bind', `127.0.0.1:${port}`];
  return { manager: await hostport.addManager({ args }), token: tokenIn(path), port };
}

/** What the audit log calls the token in a kubeconfig. */
function tokenIn(path: string): string {
  const { users } = JSON.parse(readFileSync(path, 'utf8')) as { users: { user: { token: string } }[] };
  const [, claims = ''] = users[0]?.user.token.split('.') ?? [];
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { jti: string }).jti;
}

/** What a manager has asked for, in the order in which the API server heard of it. */
function callsOf({ token }: Told): readonly AuditedCall[] {
  const all = auditedCalls(plane.dir, auditFolder() ?? folder);
  return all.filter((call) => call.token === token).toSorted((left, right) => left.at - right.at);
}

function writesOf(manager: Told, since = 0): readonly AuditedCall[] {
  return callsOf(manager).filter(({ verb, at }) => WRITES.has(verb) && at >= since);
}

const inWords = ({ verb, resource, name, code }: AuditedCall): string => `${verb} ${resource} ${name}: ${code}`;

async function leads({ manager }: Told): Promise<boolean> {
  return /^hostport_leader 1$/m.test((await manager.get('/metrics')).body);
}

/** A review that only this manager can answer. */
async function review({ port }: Told): Promise<{ readonly code: number; readonly body: string }> {
  const { client, signal } = hostport;
  const key = { name: WEBHOOK_CONFIGURATION_NAME };
  const { webhooks = [] } = await client.get(MutatingWebhookConfigurations, key, { signal });
  const { caBundle = '', url = '' } = webhooks[0]?.clientConfig ?? {};
  using caller = new Caller({ port, ca: Buffer.from(caBundle, 'base64').toString(), path: new URL(url).pathname });
  return await caller.post(JSON.stringify(reviewOf(asked, { namespace: 'default', dryRun: true })));
}

test('a leader that is stopped in the middle of a burst of pods, and goes on when another has finished it, writes nothing more', async () => {
  const ports = { allocations: [{ name: 'rpc', env: 'RPC_PORT' }] };
  const components = [component('leader', ports), component('worker', ports, { size: 2 })];
  await hostport.apply(roleSet(NAME, components, { replicas: INSTANCES }));
  await births.reached(STOPPED_AFTER);
  leader.manager.signal('SIGSTOP');
  const stopped = performance.now();
  try {
    await hostport.eventually(() => leads(standby), Boolean, 'the other one leads', LONG_MS);
    const done = writesOf(leader).filter(({ verb, resource }) => `${verb} ${resource}` === 'create pods').length;
    // It was busy with them, and far from done.
    expect(done).toBeGreaterThanOrEqual(STOPPED_AFTER);
    expect(done).toBeLessThan(PODS);
    await sets.complete(NAME, LONG_MS);
    await hostport.eventually(
      () => performance.now() - stopped,
      (ms) => ms >= STOPPED_MS,
      'it was stopped for longer than its lease',
    );
  } finally {
    leader.manager.signal('SIGCONT');
  }
  const resumed = Date.now();

  await hostport.eventually(
    () => leads(leader),
    (isLeader) => !isLeader,
    'it knows that it leads no more',
  );
  await hostport.whenReady();
  const looks = (): number =>
    callsOf(leader).filter(({ resource, at }) => resource === 'leases' && at > resumed).length;
  await hostport.eventually(looks, (count) => count >= LOOKS, 'it looks at the lease as a candidate');
  const late = writesOf(leader, resumed).map(inWords);
  // Between the last look at the clocks and the socket lies a moment in which a process can be stopped: what is sent then names
  // what has been there for long, and changes nothing.
  expect(late.filter((each) => !each.endsWith(': 409'))).toEqual([]);
  expect(late.length).toBeLessThanOrEqual(1);
  expect(leader.manager.ended).toBeUndefined();
  expect(await hostport.leader()).toBe(standby.manager);

  const { code, body } = await review(leader);
  expect(code).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ response: { allowed: true, patchType: 'JSONPatch' } });

  await sets.complete(NAME);
  const pods = await sets.pods(NAME);
  expect(pods).toHaveLength(PODS);
  expect(new Set(pods.map((pod) => envOf(pod)['RPC_PORT'])).size).toBe(PODS);
  expect(births.madeTwice()).toEqual([]);
  const { faults, gaps } = await hostport.recorder.verdict();
  expect([...faults, ...gaps]).toEqual([]);
}, 600_000);
