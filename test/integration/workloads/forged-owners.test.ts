import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OwnerReference, Pod } from '../../../src/kube/index.ts';
import { readBlock } from '../../support/hostport/ledger.ts';
import { startHostport, succeed } from '../../support/hostport/hostport.ts';
import type { Run, RunningHostport } from '../../support/hostport/hostport.ts';
import { startTenant } from '../../support/hostport/tenant.ts';
import type { Tenant } from '../../support/hostport/tenant.ts';
import { claimsOf, assignedTo, whenFree, whenHeld, whenThere } from '../webhook/holdings.ts';
import { allocatorOf, podOf, workloadOf } from '../webhook/manifests.ts';
import type { Asked, Manifest } from '../webhook/manifests.ts';

const NAMESPACE = 'arena';
const MADE_UP = '00000000-0000-4000-8000-000000000000';
const REFUSAL = 'is none that Hostport knows';
const shared: Asked = {
  namespace: NAMESPACE,
  settings: { 'port-allocator': allocatorOf({ name: 'rpc', env: 'RPC', scope: 'RoleScoped' }) },
};
const own: Asked = { namespace: NAMESPACE };
const sticky: Asked = { namespace: NAMESPACE, settings: { enabled: 'true', sticky: 'true' } };

type Owner = Pick<OwnerReference, 'apiVersion' | 'kind' | 'name' | 'uid'>;

let hostport: RunningHostport;
let tenant: Tenant;
/** Deployments with a number that their pods share: the tenant's, and one of somebody else. */
let real: Owner;
let foreign: Owner;
let realNumber: number;
beforeAll(async () => {
  hostport = await startHostport({
    managers: 2,
    nodes: 1,
    sweepInterval: '1s',
    reservationLife: '5s',
    recordPods: true,
  });
  tenant = await startTenant(hostport, NAMESPACE);
  await makeRacks();
  await using other = await startTenant(hostport, 'elsewhere');
  const theirs = workloadOf('Deployment', 'theirs', 1, { ...shared, namespace: 'elsewhere' });
  await succeed(other.kubectl(['create', '-f', '-'], theirs));
  foreign = await ownerNamed('Deployment', 'theirs', other);
  await make(workloadOf('Deployment', 'real', 1, shared));
  real = await ownerNamed('Deployment', 'real');
  [realNumber = 0] = await whenHeld(hostport, `${NAMESPACE}/real`, 1);
});
afterAll(async () => {
  await tenant[Symbol.asyncDispose]();
  await hostport[Symbol.asyncDispose]();
});

/** Everything here is made with the rights of the tenant, unless it says otherwise. */
const make = (manifest: object): Promise<string> => succeed(tenant.kubectl(['create', '-f', '-'], manifest));
const create = (manifest: object): Promise<Run> => tenant.kubectl(['create', '-o', 'json', '-f', '-'], manifest);
const endByForce = (name: string): Promise<string> =>
  succeed(tenant.kubectl(['delete', 'pod', name, '--grace-period=0', '--force', '--ignore-not-found']));

/** A kind that the API server has, the tenant may write, and the managers may not read. */
async function makeRacks(): Promise<void> {
  const names = { plural: 'racks', singular: 'rack', kind: 'Rack' };
  const schema = { openAPIV3Schema: { type: 'object' } };
  const versions = [{ name: 'v1', served: true, storage: true, schema }];
  const spec = { group: 'example.com', names, scope: 'Namespaced', versions };
  const metadata = { name: 'racks.example.com' };
  await hostport.apply({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata, spec });
  const within = ['-n', NAMESPACE, 'create'];
  await succeed(hostport.kubectl([...within, 'role', 'racks', '--verb=*', '--resource=racks.example.com']));
  const account = `--serviceaccount=${NAMESPACE}:tenant`;
  await succeed(hostport.kubectl([...within, 'rolebinding', 'racks', '--role=racks', account]));
  const rack = { apiVersion: 'example.com/v1', kind: 'Rack', metadata: { name: 'rack' } };
  const attempt = (): Promise<Run> => tenant.kubectl(['apply', '-f', '-'], rack);
  await hostport.eventually(attempt, ({ code }) => code === 0, 'the tenant has a rack');
}

async function ownerNamed(kind: string, name: string, by: Tenant = tenant): Promise<Owner> {
  const text = await succeed(by.kubectl(['get', kind, name, '-o', 'json']));
  const { apiVersion, metadata } = JSON.parse(text) as Owner & { metadata: { uid: string } };
  return { apiVersion, kind, name, uid: metadata.uid };
}

function ownedBy(owner: Owner, manifest: Manifest, more: object = {}, others: readonly Owner[] = []): object {
  const ownerReferences = [{ ...owner, controller: true }, ...others];
  return { ...manifest, metadata: { ...manifest.metadata, ...more, ownerReferences } };
}

/** Who holds the number, in the ledger as it is now. */
async function holdersOf(number: number): Promise<readonly string[]> {
  const claims = await claimsOf(hostport);
  return claims.filter((claim) => claim.number === number).map(({ holder, state }) => `${state} ${holder.key}`);
}

/** Who ever had the number, in any version of the ledger that was seen so far. */
function everHolders(number: number): readonly string[] {
  const claims = hostport.recorder.versions.flatMap(({ object }) =>
    object.kind === 'ConfigMap' ? (readBlock(object)?.claims ?? []) : [],
  );
  const live = claims.filter((claim) => claim.number === number && claim.state !== 'cooling');
  return [...new Set(live.map(({ holder }) => holder.key))];
}

async function numberOf(name: string, port = 'http'): Promise<number> {
  const pod = JSON.parse(await succeed(tenant.kubectl(['get', 'pod', name, '-o', 'json']))) as Pod;
  return assignedTo(pod)[port] ?? NaN;
}

describe('a pod that names as its controller', () => {
  const forgeries: readonly (readonly [string, () => Promise<Owner> | Owner])[] = [
    ['a Deployment of another namespace', () => foreign],
    ['a Deployment of its namespace under another name', () => ({ ...real, name: 'unreal' })],
    ['a Deployment of its namespace as another kind', () => ({ ...real, kind: 'StatefulSet' })],
    ['a Deployment of its namespace in another version', () => ({ ...real, apiVersion: 'apps/v9' })],
    ['an earlier Deployment of the name', () => ({ ...real, uid: MADE_UP })],
    ['a kind that nobody knows, by the UID of a Deployment', () => ({ ...real, apiVersion: 'example.org/v1' })],
    ['a pod that has the number', async () => podOwner()],
    ['an object of ours', () => ({ ...real, apiVersion: 'hostport.io/v1alpha1', kind: 'PortAllocation' })],
  ];
  const podOwner = async (): Promise<Owner> => {
    const [pod] = await whenThere(hostport, 'real', 1, NAMESPACE);
    return { apiVersion: 'v1', kind: 'Pod', name: pod?.metadata.name ?? '', uid: pod?.metadata.uid ?? '' };
  };

  test.each(forgeries)('%s has no share in what is held for that', async (_, owner) => {
    const { code, stderr } = await create(ownedBy(await owner(), podOf('shares', shared)));
    expect(code).not.toBe(0);
    expect(stderr).toContain(REFUSAL);
    expect(await claimsOf(hostport, `${NAMESPACE}/shares`)).toEqual([]);
    expect(await claimsOf(hostport, `${NAMESPACE}/`)).toMatchObject([{ number: realNumber, state: 'held' }]);
  });

  test.each(forgeries)('%s has a number of its own, which comes back', async (_, owner) => {
    const made = await create(ownedBy(await owner(), podOf('alone', own)));
    expect(made).toMatchObject({ code: 0 });
    const { http } = assignedTo(JSON.parse(made.stdout) as Pod);
    // The garbage collector of Kubernetes may have ended the pod by now, so that its number is free.
    const seen = async (): Promise<readonly string[]> => Promise.resolve(everHolders(http ?? NaN));
    const holders = await hostport.eventually(seen, ({ length }) => length > 0, 'somebody has its number');
    expect(holders).toEqual([`Pod ${NAMESPACE}/alone`]);
    await endByForce('alone');
    await whenFree(hostport, `${NAMESPACE}/alone`);
    expect(await holdersOf(realNumber)).toEqual([`held Deployment.apps ${NAMESPACE}/real`]);
  });
});

describe('an ordinal of a StatefulSet', () => {
  const named = { labels: { 'apps.kubernetes.io/pod-index': '0' } };

  test('keeps its number when somebody takes its name for an earlier set', async () => {
    await make(workloadOf('StatefulSet', 'steady', 1, sticky));
    const [pod] = await whenThere(hostport, 'steady', 1, NAMESPACE);
    const number = assignedTo(pod ?? { metadata: {} as Pod['metadata'] })['http'] ?? NaN;
    await succeed(tenant.kubectl(['scale', 'statefulset', 'steady', '--replicas=0']));
    await whenThere(hostport, 'steady', 0, NAMESPACE);
    const owner = { ...(await ownerNamed('StatefulSet', 'steady')), uid: MADE_UP };
    const made = await hostport.eventually(
      () => create(ownedBy(owner, podOf('steady-0', sticky), named)),
      ({ stderr }) => !stderr.includes('already exists'),
      'the name is free',
    );
    expect(made).toMatchObject({ code: 0 });
    expect(assignedTo(JSON.parse(made.stdout) as Pod)['http']).not.toBe(number);
    await endByForce('steady-0');
    const whole = (): Promise<readonly unknown[]> => claimsOf(hostport, `${NAMESPACE}/steady`);
    await hostport.eventually(whole, ({ length }) => length === 1, 'only the number of the set is held');
    expect(await holdersOf(number)).toEqual([`held StatefulSet.apps ${NAMESPACE}/steady[0]`]);
    await succeed(tenant.kubectl(['scale', 'statefulset', 'steady', '--replicas=1']));
    await whenThere(hostport, 'steady', 1, NAMESPACE);
    expect(await numberOf('steady-0')).toBe(number);
  });

  test('of no set has a number for as long as its pod is there, and no record', async () => {
    // Of a version that the garbage collector doesn't find, either, so that it leaves the pod alone.
    const nobody = { apiVersion: 'apps/v9', kind: 'StatefulSet', name: 'nobody', uid: MADE_UP };
    await make(ownedBy(nobody, podOf('nobody-0', sticky), named));
    const [number = NaN] = await whenHeld(hostport, `${NAMESPACE}/nobody`, 1);
    await make(workloadOf('StatefulSet', 'somebody', 1, sticky));
    const record = (): Promise<unknown> => hostport.objects.findAllocation('statefulset-somebody-0', NAMESPACE);
    await hostport.eventually(record, (found) => found !== undefined, 'ordinals of other sets have records');
    expect(await hostport.objects.findAllocation('statefulset-nobody-0', NAMESPACE)).toBeUndefined();
    expect(await holdersOf(number)).toEqual([`held StatefulSet.apps ${NAMESPACE}/nobody[0]`]);
    await endByForce('nobody-0');
    await whenFree(hostport, `${NAMESPACE}/nobody`, 60_000);
  });
});

describe('ReplicaSets that say who is above them', () => {
  const setOf = (name: string): Manifest => workloadOf('ReplicaSet', name, 0, own);

  test('are not followed in a circle', async () => {
    await make(setOf('hen'));
    const hen = await ownerNamed('ReplicaSet', 'hen');
    await make(ownedBy(hen, setOf('egg')));
    const egg = await ownerNamed('ReplicaSet', 'egg');
    const metadata = { ownerReferences: [{ ...egg, controller: true }] };
    await succeed(tenant.kubectl(['patch', 'rs', 'hen', '--type=merge', '-p', JSON.stringify({ metadata })]));
    expect((await create(ownedBy(hen, podOf('chick', shared)))).stderr).toContain(REFUSAL);
    expect(await claimsOf(hostport, `${NAMESPACE}/chick`)).toEqual([]);
    await make(ownedBy(hen, podOf('chick', own)));
    await whenHeld(hostport, `${NAMESPACE}/chick`, 1);
    await endByForce('chick');
    await whenFree(hostport, `${NAMESPACE}/chick`);
  });

  test('are followed over eight levels, and not over nine', async () => {
    await make(setOf('level-1'));
    for (let level = 2; level <= 9; level++) {
      await make(ownedBy(await ownerNamed('ReplicaSet', `level-${level - 1}`), setOf(`level-${level}`)));
    }
    const lowest = await ownerNamed('ReplicaSet', 'level-9');
    expect((await create(ownedBy(lowest, podOf('deep', shared)))).stderr).toContain(REFUSAL);
    expect(await claimsOf(hostport, `${NAMESPACE}/deep`)).toEqual([]);
    await make(ownedBy(await ownerNamed('ReplicaSet', 'level-8'), podOf('deep', shared)));
    const number = await numberOf('deep', 'rpc');
    await hostport.eventually(
      () => holdersOf(number),
      (by) => by.join() === `held ReplicaSet.apps ${NAMESPACE}/level-1`,
      'it is held for the highest',
    );
    await endByForce('deep');
  });

  test('are the topmost where they name somebody who can’t be', async () => {
    await make({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'anchor' } });
    const anchor = await ownerNamed('ConfigMap', 'anchor');
    for (const [at, name] of ['..', '.', 'a/b', 'x%2fy', 'x y'].entries()) {
      const above = { apiVersion: 'apps/v1', kind: 'Deployment', name, uid: MADE_UP };
      // Its second owner keeps the garbage collector from it.
      const odd = ownedBy(above, setOf(`odd-${at}`), {}, [anchor]);
      await make(odd);
      const owner = await ownerNamed('ReplicaSet', `odd-${at}`);
      await make(ownedBy(owner, podOf(`odd-${at}-pod`, shared)));
      expect(await holdersOf(await numberOf(`odd-${at}-pod`, 'rpc'))).toEqual([
        expect.stringContaining(` ReplicaSet.apps ${NAMESPACE}/odd-${at}`),
      ]);
      await endByForce(`odd-${at}-pod`);
    }
  });

  test('have their numbers for as long as their pods are there', async () => {
    for (const name of ['level-', 'odd-']) await whenFree(hostport, `${NAMESPACE}/${name}`, 60_000);
  });
});

describe('a controller of a kind that', () => {
  const ghost: Owner = { apiVersion: 'example.org/v1', kind: 'Ghost', name: 'casper', uid: MADE_UP };
  const rack = (): Promise<Owner> => ownerNamed('Rack', 'rack');

  test.each<readonly [string, string, () => Promise<Owner>]>([
    ['nobody has', 'ghost', async () => Promise.resolve(ghost)],
    ['managers may not read', 'rack', rack],
  ])('%s has pods with numbers for as long as they are there', async (_, name, owner) => {
    const pods = [`${name}-a`, `${name}-b`];
    for (const pod of pods) await make(ownedBy(await owner(), podOf(pod, own)));
    const numbers = await whenHeld(hostport, `${NAMESPACE}/${name}-`, 2);
    expect(numbers.toSorted()).toEqual((await Promise.all(pods.map((pod) => numberOf(pod)))).toSorted());
    await endByForce(`${name}-a`);
    await whenFree(hostport, `${NAMESPACE}/${name}-a`);
    expect(await whenHeld(hostport, `${NAMESPACE}/${name}-b`, 1)).toEqual([await numberOf(`${name}-b`)]);
    await endByForce(`${name}-b`);
    await whenFree(hostport, `${NAMESPACE}/${name}-b`);
    const { stderr } = await create(ownedBy(await owner(), podOf(`${name}-c`, shared)));
    expect(stderr).toContain(REFUSAL);
    expect(await claimsOf(hostport, `${NAMESPACE}/${name}`)).toEqual([]);
  });

  test('managers may not read stands above a ReplicaSet, which holds the number', async () => {
    await make(ownedBy(await rack(), workloadOf('ReplicaSet', 'shelf', 2, shared)));
    const pods = await whenThere(hostport, 'shelf', 2, NAMESPACE);
    const [number = NaN] = await whenHeld(hostport, `${NAMESPACE}/shelf`, 1);
    expect(pods.map((pod) => assignedTo(pod)['rpc'])).toEqual([number, number]);
    expect(await holdersOf(number)).toEqual([`held ReplicaSet.apps ${NAMESPACE}/shelf`]);
    await succeed(tenant.kubectl(['delete', 'rs', 'shelf']));
    await whenFree(hostport, `${NAMESPACE}/shelf`, 60_000);
  });
});

test('no number ever had two holders, and no pod one that the ledger lacked', async () => {
  expect((await hostport.recorder.verdict()).faults).toEqual([]);
});

describe('while managers may read no Deployments and ReplicaSets any longer', () => {
  const ROLE = 'clusterrole/hostport-manager';
  let before: string;
  const whether = (answer: string): Promise<unknown> => {
    const manager = '--as=system:serviceaccount:hostport-system:hostport-manager';
    const ask = (): Promise<Run> => hostport.kubectl(['auth', 'can-i', 'get', 'deployments', manager, '-n', NAMESPACE]);
    return hostport.eventually(ask, ({ stdout }) => stdout.trim() === answer, `managers may read them: ${answer}`);
  };
  const dim = (): Promise<readonly number[]> => whenHeld(hostport, `${NAMESPACE}/dim`, 1);

  beforeAll(async () => {
    before = await succeed(hostport.kubectl(['get', ROLE, '-o', 'json']));
    const role = JSON.parse(before) as { rules: readonly { resources: readonly string[] }[] };
    const rules = role.rules.filter(({ resources }) => !resources.includes('deployments'));
    await succeed(hostport.kubectl(['patch', ROLE, '--type=merge', '-p', JSON.stringify({ rules })]));
    await whether('no');
  });
  afterAll(async () => {
    const { rules } = JSON.parse(before) as { rules: unknown };
    await succeed(hostport.kubectl(['patch', ROLE, '--type=merge', '-p', JSON.stringify({ rules })]));
    await whether('yes');
  });

  test('pods have numbers, also one that they share', async () => {
    await make(workloadOf('Deployment', 'dim', 2, shared));
    const pods = await whenThere(hostport, 'dim', 2, NAMESPACE);
    const [number] = await dim();
    expect(pods.map((pod) => assignedTo(pod)['rpc'])).toEqual([number, number]);
  });

  test('a ledger that lost it has it again when the managers start anew', async () => {
    const numbers = await dim();
    await Promise.all(hostport.managers.map((manager) => manager.kill('SIGTERM')));
    await succeed(hostport.kubectl(['-n', 'hostport-system', 'delete', 'configmaps', '-l', 'hostport.io/ledger=1']));
    await Promise.all(hostport.managers.map((manager) => manager.start()));
    await hostport.whenReady();
    expect(await dim()).toEqual(numbers);
  });

  test('it comes back when the last of its pods is gone', async () => {
    await dim();
    await succeed(tenant.kubectl(['scale', 'deployment', 'dim', '--replicas=0']));
    await whenFree(hostport, `${NAMESPACE}/dim`, 60_000);
  });
});
