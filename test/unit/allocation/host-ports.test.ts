import { afterEach, describe, expect, test } from '@jest/globals';
import { CLUSTER, observeHostPorts, ordinalHolder, podHolder } from '../../../src/allocation/index.ts';
import type { DomainKey } from '../../../src/allocation/index.ts';
import { Domain, holder } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';
import type { Pod, ResourceCache } from '../../../src/kube/index.ts';
import type { LedgerListener } from '../../../src/ledger/index.ts';
import { hostPortsOf } from '../../../src/workload/index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { allocation, claim } from '../core/make.ts';
import { container, pod, port } from '../workload/pods.ts';

const PODS = podHolder({ namespace: 'arena', name: 'match-7', uid: 'uid-7' });
const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'match', uid: 'uid-of-set' };

/** A pod on a node that declares host port 20000; numbers were assigned to it if it has a token. */
function declaring(token?: string): Pod {
  const annotations = token === undefined ? {} : { 'hostport.io/reservation': token };
  const game = container('game', [port('http', 8080, { hostPort: 20_000 })]);
  return pod([game], { annotations, spec: { nodeName: 'n1' } });
}

/** Observed claims for pods, in a ledger of two domains. */
class Scene {
  readonly clock = new FakeClock();
  /** How often claims were observed on a number. */
  observations = 0;
  readonly domains = new Map<DomainKey, Domain>([CLUSTER, 'n1'].map((key) => [key, new Domain().follow()]));
  readonly #watching: Disposable;
  #onPod: (change: { type: string; object: Pod }) => void = () => undefined;
  #onLedger: LedgerListener = () => undefined;

  constructor() {
    const pods = {
      subscribe: (listener: (change: { type: string; object: Pod }) => void) => {
        this.#onPod = listener;
        return { [Symbol.dispose]: () => undefined };
      },
    };
    const ledger = {
      domain: (key: DomainKey) => this.domains.get(key) ?? new Domain(),
      subscribe: (listener: LedgerListener) => {
        this.#onLedger = listener;
        return { [Symbol.dispose]: () => undefined };
      },
    };
    this.#watching = observeHostPorts({
      pods: pods as unknown as ResourceCache<Pod>,
      ledger: ledger,
      observed: {
        observe: (key, number, observed) => {
          this.observations++;
          this.domains.get(key)?.observe(number, observed);
          this.#notify(key);
        },
      },
      clock: this.clock,
      hostPorts: hostPortsOf,
      tokenOf: ({ metadata }) => metadata.annotations?.['hostport.io/reservation'],
    });
  }

  see(object: Pod, type = 'modified'): void {
    this.#onPod({ type, object });
  }

  /** Writes the claims on 20000 and notifies the subscribers of the ledger. */
  write(key: DomainKey, ...claims: readonly Claim[]): void {
    this.domains.get(key)?.write(20_000, claims);
    this.#notify(key);
  }

  #notify(key: DomainKey): void {
    const changes = this.domains.get(key)?.takeChanges();
    if (changes !== undefined && changes.size > 0) this.#onLedger(key, changes);
  }

  /** Whether 20000 is observed, in the cluster's domain and in the node's. */
  get isSeen(): readonly boolean[] {
    return [...this.domains.values()].map((domain) => domain.observedOn(20_000).length > 0);
  }

  dispose(): void {
    this.#watching[Symbol.dispose]();
  }
}

describe('a host port of a pod', () => {
  let scene: Scene;
  afterEach(() => {
    scene.dispose();
    expect(scene.clock.pending).toBe(0);
  });

  const byPod = (parts: Partial<Claim> = {}): Claim => claim(20_000, { holder: PODS, ...parts });
  const byOrdinal = (namespace: string): Claim => claim(20_000, { holder: ordinalHolder(namespace, set, 7) });
  const other = podHolder({ namespace: 'arena', name: 'other', uid: 'token' });
  const reserved = byPod({ holder: { ...PODS, uid: 'token' }, state: 'reserved' });
  const cases: readonly { of: string; token?: string; key?: DomainKey; held?: Claim; isSeen: boolean }[] = [
    { of: 'that never asked is observed', isSeen: true },
    { of: 'that asked, and has it not, is observed', token: 'token', isSeen: true },
    { of: 'that holds it is not', token: 'token', held: byPod(), isSeen: false },
    { of: 'that holds it on its node is not', token: 'token', key: 'n1', held: byPod(), isSeen: false },
    { of: 'that holds it and lost its annotations is not', held: byPod(), isSeen: false },
    { of: 'for which it is reserved is not', token: 'token', held: reserved, isSeen: false },
    { of: 'with the token of another is observed', token: 'token', held: byPod({ holder: other }), isSeen: true },
    { of: 'whose ordinal has it is not', token: 'token', held: byOrdinal('arena'), isSeen: false },
    { of: 'is observed where an ordinal elsewhere has it', token: 'token', held: byOrdinal('pit'), isSeen: true },
    {
      of: 'is observed where an allocation alone has it',
      token: 'token',
      held: byPod({ holder: allocation('voice') }),
      isSeen: true,
    },
    { of: 'for which it cools is observed', token: 'token', held: byPod({ state: 'cooling' }), isSeen: true },
    { of: 'that has another protocol is observed', token: 'token', held: byPod({ protocols: 2 }), isSeen: true },
    {
      of: 'that has it at one address, and declares all, is observed',
      token: 'token',
      held: byPod({ address: '10.0.0.1' }),
      isSeen: true,
    },
  ];
  test.each(cases)('$of', ({ token, key = CLUSTER, held, isSeen }) => {
    scene = new Scene();
    if (held !== undefined) scene.domains.get(key)?.write(20_000, [held]);
    scene.see(declaring(token));
    expect(scene.isSeen).toEqual([isSeen, isSeen]);
    scene.see(declaring(token), 'deleted');
    expect(scene.isSeen).toEqual([false, false]);
  });

  test('costs what there is of it once, not with each change of a pod that declares very many', () => {
    scene = new Scene();
    const ports = Array.from({ length: 30_000 }, (_, at) => port(`p${at}`, 20_000 + at, { hostPort: 20_000 + at }));
    const many = pod([container('many', ports)], { spec: { nodeName: 'n1' } });
    const { user } = process.cpuUsage();
    scene.see(many);
    expect(scene.observations).toBe(60_000);
    scene.see({ ...many, status: { phase: 'Running' } });
    expect(scene.observations).toBe(60_000);
    // A cost that grows with their square would take more than two seconds.
    expect(process.cpuUsage().user - user).toBeLessThan(1_000_000);
    scene.see(many, 'deleted');
    expect(scene.isSeen).toEqual([false, false]);
  });

  test('is observed no longer when a ledger that was behind has it for the pod', async () => {
    scene = new Scene();
    scene.see(declaring('token'));
    scene.write(CLUSTER, claim(20_000, { holder: podHolder({ namespace: 'arena', name: 'other', uid: 'other' }) }));
    await scene.clock.advance(1_000);
    expect(scene.isSeen).toEqual([true, true]);
    scene.write(CLUSTER, claim(20_000, { holder: PODS }));
    await scene.clock.advance(1_000);
    expect(scene.isSeen).toEqual([false, false]);
  });

  const byRole = (kind: string, name: string, namespace = 'arena'): Claim =>
    claim(20_000, { holder: holder({ group: 'hostport.io', kind, namespace, name, uid: 'r' }) });
  test.each([
    ['its instance has it', byRole('RoleInstance', 'prefill-0'), false],
    ['its set has it', byRole('RoleInstanceSet', 'prefill'), false],
    ['an earlier version gave it to its instance', byRole('PortAllocation', 'prefill-0.pods'), false],
    ['an earlier version gave it to its set', byRole('PortAllocation', 'prefill.role'), false],
    ['another instance has it', byRole('RoleInstance', 'prefill-1'), true],
    ['an instance elsewhere has it', byRole('RoleInstance', 'prefill-0', 'pit'), true],
  ])('of a pod that a role made: %s', async (_, held, isSeen) => {
    const labels = { 'hostport.io/role-instance': 'prefill-0', 'hostport.io/role-instance-set': 'prefill' };
    const spec = { nodeName: 'n1' };
    scene = new Scene();
    // At first the ledger may be behind.
    scene.see(pod([container('game', [port('http', 8080, { hostPort: 20_000 })])], { labels, spec }));
    scene.write(CLUSTER, held);
    await scene.clock.advance(1_000);
    expect(scene.isSeen).toEqual([isSeen, isSeen]);
  });
});
