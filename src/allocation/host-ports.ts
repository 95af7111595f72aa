import type { Clock } from '../base/clock.ts';
import type { Claim } from '../core/index.ts';
import type { Pod, ResourceCache } from '../kube/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { DomainKey, Ledger } from '../ledger/index.ts';
import { Multimap } from './multimap.ts';
import { rightsOf, usesOf } from './host-uses.ts';
import type { HostPort, HostUse } from './host-uses.ts';
import type { Observe } from './observations.ts';
import { podHolder } from './pod-holders.ts';
import { rolesOfPod } from './role-holders.ts';

/** Changes of the ledger within this time, in milliseconds, are handled together. */
const SETTLE_MS = 100;

/** What the observation of host ports needs. */
interface HostPortsParts {
  readonly pods: ResourceCache<Pod>;
  readonly ledger: Pick<Ledger, 'domain' | 'subscribe'>;
  readonly observed: Observe;
  readonly clock: Clock;
  /** The host ports that a pod declares; empty for a finished pod. */
  readonly hostPorts: (pod: Pod) => readonly HostPort[];
  /** The token under which a pod's numbers were reserved; undefined for a pod without numbers. */
  readonly tokenOf: (pod: Pod) => string | undefined;
}

/**
 * Keeps observed claims for those host ports of pods that the ledger doesn't have for them: of pods that never asked for
 * ports, and of pods that declare more numbers than they were assigned, or whose numbers the ledger has lost. In the
 * cluster's domain a host port on any node blocks; in a node's domain only the host ports of its own pods do. Hostport
 * never releases observed claims.
 */
export function observeHostPorts({ pods, ledger, observed, clock, hostPorts, tokenOf }: HostPortsParts): Disposable {
  const seen = new Map<string, readonly Claim[]>();
  const known = new Map<string, Placed>();
  /** Pods with assigned numbers that declare more numbers than the ledger has for them: its cache may be behind. By UID. */
  const ahead = new Map<string, Pod>();
  /** The UIDs of these pods, by the numbers that the ledger lacks. */
  const aheadByNumber = new Multimap<number, string>();
  /** The UIDs of those among them whose numbers have changed in the ledger. */
  const due = new Set<string>();
  let next: Disposable | undefined;

  /** Remembers whether a pod declares more than the ledger says; returns whether that is as before. */
  const rememberAhead = (pod: Pod, more: Placed | undefined): boolean => {
    const { uid } = pod.metadata;
    const wasAhead = ahead.has(uid);
    if (more === undefined) ahead.delete(uid);
    else ahead.set(uid, pod);
    return wasAhead === ahead.has(uid);
  };

  const reindex = (uid: string, before: Placed | undefined, after: Placed | undefined): void => {
    for (const { number } of before?.claims ?? []) aheadByNumber.delete(number, uid);
    if (ahead.has(uid)) for (const { number } of after?.claims ?? []) aheadByNumber.add(number, uid);
  };

  const look = (pod: Pod, isThere: boolean): void => {
    const { uid } = pod.metadata;
    const token = tokenOf(pod);
    const hasByRight = rightsOf(ledger, pod, token);
    const uses = isThere ? usesOf(hostPorts(pod)).filter((use) => !hasByRight(use)) : [];
    const before = known.get(uid);
    const after = placedOf(pod, uses);
    const mayHaveNumbers = token !== undefined || rolesOfPod(pod).length > 0;
    const isAheadAsBefore = rememberAhead(pod, mayHaveNumbers ? after : undefined);
    // Most changes of a pod are changes of its status, and a pod may declare tens of thousands of ports (T25).
    if (isSame(before, after) && isAheadAsBefore) return;
    reindex(uid, before, after);
    if (after === undefined) known.delete(uid);
    else known.set(uid, after);
    const byNumber = Map.groupBy(after?.claims ?? [], ({ number }) => number);
    for (const [key, number] of placesOf([before, after])) {
      const place = `${key} ${number}`;
      const others = (seen.get(place) ?? []).filter((claim) => claim.holder.uid !== uid);
      const own = after?.domains.includes(key) === true ? (byNumber.get(number) ?? []) : [];
      const all = [...others, ...own];
      if (all.length === 0) seen.delete(place);
      else seen.set(place, all);
      observed.observe(key, number, all);
    }
  };
  const lookAgain = (): void => {
    next = undefined;
    const uids = [...due];
    due.clear();
    for (const uid of uids) {
      const pod = ahead.get(uid);
      if (pod === undefined) continue;
      if (known.get(uid)?.claims.some(rightsOf(ledger, pod, tokenOf(pod))) === true) look(pod, true);
    }
  };
  const subscriptions = [
    pods.subscribe(({ type, object }) => look(object, type !== 'deleted')),
    ledger.subscribe((_domain, changes) => {
      if (ahead.size === 0) return;
      for (const number of changes.keys()) for (const uid of aheadByNumber.of(number)) due.add(uid);
      if (due.size > 0) next ??= clock.schedule(SETTLE_MS, lookAgain);
    }),
  ];
  return {
    [Symbol.dispose]: () => {
      for (const each of [...subscriptions, next]) each?.[Symbol.dispose]();
    },
  };
}

interface Placed {
  readonly domains: readonly DomainKey[];
  readonly claims: readonly Claim[];
}

function placedOf({ metadata, spec }: Pod, uses: readonly HostUse[]): Placed | undefined {
  if (uses.length === 0) return undefined;
  const { namespace = '', name, uid } = metadata;
  const holder = podHolder({ namespace, name, uid });
  const time = Math.floor(Date.parse(metadata.creationTimestamp) / 1000);
  const claims = uses.map((use): Claim => ({ ...use, pool: '', holder, state: 'observed', time }));
  return { domains: [CLUSTER, ...(spec.nodeName === undefined ? [] : [spec.nodeName])], claims };
}

/** Whether a pod has the same observed claims in the same domains; their holder, the pod, needs no comparison. */
function isSame(before: Placed | undefined, after: Placed | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  return (
    before.domains.length === after.domains.length &&
    before.claims.length === after.claims.length &&
    before.claims.every((claim, at) => {
      const { number, protocols, address, port } = after.claims[at] ?? {};
      return (
        claim.number === number && claim.protocols === protocols && claim.address === address && claim.port === port
      );
    })
  );
}

function placesOf(placed: readonly (Placed | undefined)[]): readonly (readonly [DomainKey, number])[] {
  const places = new Map<string, readonly [DomainKey, number]>();
  for (const each of placed) {
    for (const key of each?.domains ?? []) {
      for (const { number } of each?.claims ?? []) places.set(`${key} ${number}`, [key, number]);
    }
  }
  return [...places.values()];
}
