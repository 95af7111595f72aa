import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventuallyWith } from '../../support/hostport/eventually.ts';
import { root } from './cluster.ts';
import { installation } from './installation.ts';
import { succeed } from './kubectl.ts';
import type { Installation } from './installation.ts';

const eventually = eventuallyWith(() => '');
let cluster: Installation;
beforeAll(async () => {
  cluster = await installation();
});
afterAll(async () => cluster[Symbol.asyncDispose]());

const get = async (...args: readonly string[]): Promise<string> =>
  (await succeed(cluster.kubectl(['get', ...args]))).trim();

describe('install', () => {
  test('puts everything into an empty cluster', async () => {
    const lines = await cluster.install();
    expect(lines).toContain('portpool/default created');
    expect(lines).toContain('portpool/from-30558 created');
    expect(await get('crd', '-o', 'name')).toContain('portallocations.hostport.io');
    expect(
      await get(
        'portpools',
        'default',
        '-o',
        'jsonpath={.spec.ranges[*]} {.spec.maxPortsPerNamespace} {.metadata.annotations}',
      ),
    ).toBe('20000-29999 1000 {"hostport.io/is-default-pool":"true"}');
    expect(await get('-n', 'hostport-system', 'sa,role,rolebinding', '-o', 'name')).toContain('hostport-manager');
  });

  test('makes a namespace in which pods are restricted, until node agents are to live there', async () => {
    const level = (): Promise<string> => {
      const path = 'jsonpath={.metadata.labels.pod-security\\.kubernetes\\.io/enforce}';
      return get('namespace', 'hostport-system', '-o', path);
    };
    expect(await level()).toBe('restricted');
    await cluster.install(undefined, undefined, true);
    await cluster.install();
    expect(await level()).toBe('privileged');
  });

  test('gives the managers seats of their own in the API server, and nobody else', async () => {
    const uid = await get('flowschema', 'hostport-manager', '-o', 'jsonpath={.metadata.uid}');
    const flowOf = async (user: string): Promise<string | undefined> => {
      const asked = await cluster.kubectl(['get', '--raw', '/version', '-v=8', `--as=${user}`]);
      return /X-Kubernetes-Pf-Flowschema-Uid: *\[?"?([0-9a-f-]+)/i.exec(asked.stderr)?.[1];
    };
    const manager = 'system:serviceaccount:hostport-system:hostport-manager';
    const read = (): Promise<string | undefined> => flowOf(manager);
    expect(await eventually(read, (found) => found === uid, 'requests of the managers are theirs')).toBe(uid);
    expect(await flowOf('system:serviceaccount:default:hostport-manager')).not.toBe(uid);
    const path = 'jsonpath={.status.conditions[?(@.type=="Dangling")].status}';
    expect(await get('flowschema', 'hostport-manager', '-o', path)).toBe('False');
  });

  test('changes nothing when it is run again', async () => {
    const versions = async (): Promise<readonly string[]> => {
      const path = 'jsonpath={range .items[*]}{.metadata.name}={.metadata.resourceVersion}{"\\n"}{end}';
      const all = await get('crd,clusterroles,portpools,mutatingwebhookconfigurations', '-o', path);
      // The controller manager gathers some of ours into those of Kubernetes when it comes to it.
      return all.split('\n').filter((line) => !/^(?:view|edit|admin)=/.test(line));
    };
    const before = await versions();
    expect(await cluster.install()).toContain('portpool/default kept as it is');
    expect(await versions()).toEqual(before);
  });

  test('leaves an edited pool as it is, also one that has no quota', async () => {
    const patch = '{"spec":{"ranges":["5000-5999"],"maxPortsPerNamespace":null}}';
    await succeed(cluster.kubectl(['patch', 'pp', 'default', '--type=merge', '-p', patch]));
    await cluster.install();
    expect(await get('pp', 'default', '-o', 'jsonpath={.spec.ranges[*]} {.spec.maxPortsPerNamespace}')).toBe(
      '5000-5999',
    );
  });

  test('does not bring back a pool that was deleted', async () => {
    await succeed(cluster.kubectl(['delete', 'pp', 'default']));
    expect(await cluster.install()).toContain(
      'portpool/default left out, because it was deleted: kubectl apply -f config/pools/default.yaml brings it back',
    );
    expect(await get('pp', '-o', 'name')).toBe('portpool.hostport.io/from-30558');
  });

  test('for another namespace is refused before anything is done, also beside an earlier version', async () => {
    const named = String.raw`jsonpath={.metadata.annotations.hostport\.io/ledger-namespace}`;
    const definition = ['crd', 'portpools.hostport.io'];
    expect(await get(...definition, '-o', named)).toBe('hostport-system');
    await expect(cluster.install('ports')).rejects.toThrow(
      'customresourcedefinition/portpools.hostport.io), and not in "ports": run "hostport install --namespace ' +
        'hostport-system", or "hostport uninstall --namespace hostport-system" before',
    );
    await succeed(cluster.kubectl(['annotate', ...definition, 'hostport.io/ledger-namespace-']));
    await expect(cluster.install('ports')).rejects.toThrow(
      'in namespace "hostport-system" (the subject of clusterrolebinding/hostport-manager)',
    );
    expect(await get('namespaces', '-o', 'name')).not.toContain('ports');
    await cluster.install();
    expect(await get(...definition, '-o', named)).toBe('hostport-system');
  });

  test('keeps the namespace of the ledger that is written down when crds/ are applied alone', async () => {
    await succeed(cluster.kubectl(['apply', '-f', `${root}crds`]));
    await expect(cluster.install('ports')).rejects.toThrow('annotation hostport.io/ledger-namespace');
  });

  test('takes a role back from whoever widened it', async () => {
    await succeed(cluster.kubectl(['patch', 'clusterrole', 'hostport-manager', '--type=merge', '-p', '{"rules":[]}']));
    await cluster.install();
    expect(await get('clusterrole', 'hostport-manager', '-o', 'jsonpath={.rules[*].resources}')).toContain(
      'portpools/status',
    );
  });
});

describe('the managers', () => {
  test.each([
    ['patch portpools.hostport.io --subresource=status -n default', 'yes'],
    ['update portpools.hostport.io --subresource=status -n default', 'no'],
    ['create portallocations.hostport.io -n default', 'yes'],
    ['delete portallocations.hostport.io -n default', 'yes'],
    ['watch pods -n default', 'yes'],
    ['create events -n default', 'yes'],
    ['update configmaps -n hostport-system', 'yes'],
    ['update leases.coordination.k8s.io -n hostport-system', 'yes'],
    ['get statefulsets.apps -n default', 'yes'],
    ['get cronjobs.batch -n default', 'yes'],
    ['get replicationcontrollers -n default', 'yes'],
    ['create tokenreviews.authentication.k8s.io', 'yes'],
    ['create subjectaccessreviews.authorization.k8s.io', 'yes'],
    ['create localsubjectaccessreviews.authorization.k8s.io -n default', 'no'],
    ['get customresourcedefinitions.apiextensions.k8s.io/portpools.hostport.io', 'yes'],
    ['get customresourcedefinitions.apiextensions.k8s.io/portallocations.hostport.io', 'no'],
    ['patch customresourcedefinitions.apiextensions.k8s.io/portpools.hostport.io', 'no'],
    ['watch mutatingwebhookconfigurations', 'yes'],
    ['patch mutatingwebhookconfigurations/hostport', 'yes'],
    ['patch validatingwebhookconfigurations/hostport', 'yes'],
    ['update validatingwebhookconfigurations/hostport', 'no'],
    ['get secrets/hostport-webhook-ca -n hostport-system', 'yes'],
    ['get secrets/other -n hostport-system', 'no'],
    ['get configmaps -n default', 'no'],
    ['update leases.coordination.k8s.io -n kube-system', 'no'],
    ['create portpools.hostport.io', 'no'],
    ['delete portpools.hostport.io', 'no'],
    ['create pods -n default', 'yes'],
    ['delete pods -n default', 'yes'],
    ['patch pods --subresource=status -n default', 'no'],
    ['update services -n default', 'no'],
    ['delete services -n default', 'no'],
    ['patch statefulsets.apps -n default', 'no'],
    ['list statefulsets.apps -n default', 'no'],
    ['patch mutatingwebhookconfigurations/other', 'no'],
    ['create mutatingwebhookconfigurations', 'no'],
    ['delete mutatingwebhookconfigurations/hostport', 'no'],
    ['patch validatingadmissionpolicies/hostport-results', 'no'],
    ['patch nodes --subresource=status', 'no'],
    ['bind clusterroles.rbac.authorization.k8s.io/hostport-room', 'yes'],
    ['bind clusterroles.rbac.authorization.k8s.io/cluster-admin', 'no'],
    ['patch clusterrolebindings.rbac.authorization.k8s.io/hostport-room', 'yes'],
    ['patch clusterrolebindings.rbac.authorization.k8s.io/cluster-admin', 'no'],
    ['create clusterrolebindings.rbac.authorization.k8s.io', 'no'],
  ])('may %s: %s', async (question, answer) => {
    const account = 'system:serviceaccount:hostport-system:hostport-manager';
    const { stdout } = await cluster.kubectl(['auth', 'can-i', ...question.split(' '), `--as=${account}`]);
    expect(stdout.trim()).toBe(answer);
  });
});

describe('people', () => {
  beforeAll(async () => {
    for (const role of ['view', 'edit']) {
      await succeed(
        cluster.kubectl(['create', 'rolebinding', role, `--clusterrole=${role}`, `--user=${role}`, '-n', 'default']),
      );
    }
  });

  test.each([
    ['view', 'get portallocations.hostport.io', 'yes'],
    ['view', 'create portallocations.hostport.io', 'no'],
    ['edit', 'get portallocations.hostport.io', 'yes'],
    ['edit', 'create portallocations.hostport.io', 'yes'],
    ['edit', 'update portallocations.hostport.io --subresource=status', 'no'],
    ['edit', 'create portpools.hostport.io', 'no'],
    ['view', 'get roleinstancesets.hostport.io --subresource=scale', 'yes'],
    ['view', 'patch roleinstancesets.hostport.io --subresource=scale', 'no'],
    ['edit', 'patch roleinstancesets.hostport.io --subresource=scale', 'yes'],
    ['edit', 'create roleinstances.hostport.io', 'yes'],
  ])('with the role %s may %s: %s', async (user, question, answer) => {
    const { stdout } = await cluster.kubectl([
      'auth',
      'can-i',
      ...question.split(' '),
      '-n',
      'default',
      `--as=${user}`,
    ]);
    expect(stdout.trim()).toBe(answer);
  });
});
