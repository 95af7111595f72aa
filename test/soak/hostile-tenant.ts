import { isCancellation, pause } from '../../src/base/cancellation.ts';
import { systemClock as clock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import { Pods, isApiError } from '../../src/kube/index.ts';
import type { Draft, KubeObject, ObjectKey, ResourceType } from '../../src/kube/index.ts';
import type { Acquaintance } from './acquaintance.ts';
import { happens, pick, several, within } from './chance.ts';
import { kinds } from './hostile-objects.ts';
import type { HostileKind } from './hostile-objects.ts';
import type { Tally } from './tally.ts';
import type { Tenant } from './tenant.ts';
import { annotationsOf } from './words.ts';

/** Between two acts of one hand, in milliseconds. */
const PAUSE = [20, 400] as const;

/** Pods that are created at once. */
const BURST = 25;

/** Long enough for an answer that comes at all. */
const TRY_MS = 12_000;

/** What a hostile tenant is made of. */
export interface HostileParts {
  readonly tenant: Tenant;
  readonly random: Random;
  readonly tally: Tally;
  /** Of what it made, shared by all of its hands. */
  readonly acquaintance: Acquaintance;
}

/** One thing that somebody does. */
type Act = (parts: HostileParts, kind: HostileKind, signal: AbortSignal) => Promise<unknown>;

const acts: readonly (readonly [name: string, weight: number, act: Act])[] = [
  ['hostile creates', 10, create],
  ['annotations forged', 4, annotate],
  ['specs edited', 3, edit],
  ['finalizers patched', 3, dropFinalizers],
  ['deletions', 5, remove],
  ['forced deletions', 3, removeByForce],
  ['evictions', 1, evict],
  ['bursts', 1, burst],
];

const byWeight = acts.flatMap((act) => several(act[1], () => act));
const kindsByWeight = kinds.flatMap((kind) => several(kind.weight, () => kind));

/** Does one thing after the other until `signal` aborts; what it is answered doesn't matter. */
export async function misbehave(parts: HostileParts, signal: AbortSignal): Promise<void> {
  const { random, tally } = parts;
  while (!signal.aborted) {
    const [name, , act] = pick(random, byWeight);
    const kind = pick(random, kindsByWeight);
    try {
      await act(parts, kind, signal);
      tally.count(name);
    } catch (error) {
      if (isCancellation(error, signal)) return;
      tally.count(isApiError(error, 'unavailable') ? 'unanswered' : 'refused');
    }
    await pause(clock, within(random, PAUSE), signal).catch(() => undefined);
  }
}

async function create(parts: HostileParts, { type, make }: HostileKind, signal: AbortSignal): Promise<void> {
  const { tenant, random, acquaintance } = parts;
  const object = make(random);
  // Whatever stands in it, it goes to the API server as it is.
  const draft = {
    ...object,
    metadata: { ...object.metadata, namespace: tenant.namespace },
  } as unknown as Draft<KubeObject>;
  const { metadata } = await tenant.client.create(type, draft, { signal, timeoutMs: TRY_MS });
  acquaintance.add(type.kind, metadata.name);
}

function annotate(parts: HostileParts, kind: HostileKind, signal: AbortSignal) {
  const taken = happens(parts.random, 30) ? { 'hostport.io/allocation': null } : {};
  return merge(parts, kind, { metadata: { annotations: { ...annotationsOf(parts.random), ...taken } } }, signal);
}

function edit(parts: HostileParts, kind: HostileKind, signal: AbortSignal) {
  const { random } = parts;
  // Of a pod nearly nothing can be edited.
  if (kind.type.kind === Pods.kind) return annotate(parts, kind, signal);
  const spec = Object.entries(kind.make(random).spec);
  const some = spec.filter(() => happens(random, 100 / spec.length));
  return merge(parts, kind, { spec: Object.fromEntries(some) }, signal);
}

function dropFinalizers(parts: HostileParts, kind: HostileKind, signal: AbortSignal) {
  return merge(parts, kind, { metadata: { finalizers: null } }, signal);
}

function merge(parts: HostileParts, { type }: HostileKind, body: object, signal: AbortSignal) {
  return parts.tenant.client.patch(type, keyOf(parts, type), { type: 'merge', body, signal, timeoutMs: TRY_MS });
}

function remove(parts: HostileParts, { type }: HostileKind, signal: AbortSignal) {
  const { tenant, random } = parts;
  const propagationPolicy = pick(random, ['Background', 'Foreground', 'Orphan'] as const);
  return tenant.client.remove(type, keyOf(parts, type), { signal, timeoutMs: TRY_MS, propagationPolicy });
}

function removeByForce(parts: HostileParts, { type }: HostileKind, signal: AbortSignal) {
  return parts.tenant.client.remove(type, keyOf(parts, type), { signal, timeoutMs: TRY_MS, gracePeriodSeconds: 0 });
}

function evict(parts: HostileParts, _: HostileKind, signal: AbortSignal) {
  const key = keyOf(parts, Pods);
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: key };
  return parts.tenant.client.createSubresource(Pods, key, { subresource: 'eviction', body, signal, timeoutMs: TRY_MS });
}

async function burst(parts: HostileParts, _: HostileKind, signal: AbortSignal): Promise<void> {
  const pods = kinds.find(({ type }) => type === (Pods as ResourceType));
  if (pods === undefined) return;
  await Promise.allSettled(several(BURST, () => create(parts, pods, signal)));
}

function keyOf({ tenant, random, acquaintance }: HostileParts, { kind }: ResourceType): ObjectKey {
  return { namespace: tenant.namespace, name: acquaintance.nameOf(kind, random) };
}
