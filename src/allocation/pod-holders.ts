import { GROUP, PortAllocations } from '../api/index.ts';
import type { ClusterClient, ControllerReference, KubeObject, Pod } from '../kube/index.ts';
import { Controllers, Pods } from '../kube/index.ts';
import { holder, isPod } from '../core/index.ts';
import type { Holder } from '../core/index.ts';
import { CLUSTER } from '../ledger/index.ts';
import type { DomainKey } from '../ledger/index.ts';
import { Liveness } from './liveness.ts';
import { roleKinds } from './role-holders.ts';

/** A pod as a holder of numbers. Before the pod is seen, `uid` is the token of its reservation. */
export function podHolder(pod: { readonly namespace: string; readonly name: string; readonly uid: string }): Holder {
  return holder({ group: '', kind: 'Pod', ...pod });
}

/** A controller of pods, as the holder of the numbers that its pods share. */
export function controllerHolder(namespace: string, { apiVersion, kind, name, uid }: ControllerReference): Holder {
  const [group = '', version] = apiVersion.split('/');
  return holder({ group: version === undefined ? '' : group, kind, namespace, name, uid });
}

/**
 * An ordinal of a StatefulSet, as the holder of numbers that outlive its pods. The name is the set's name with the
 * ordinal in brackets, which no object can have.
 */
export function ordinalHolder(namespace: string, set: ControllerReference, ordinal: number): Holder {
  return controllerHolder(namespace, { ...set, name: `${set.name}[${ordinal}]` });
}

/**
 * Whether `by` is a pod or an object of Hostport. Any other holder is a controller of pods, as an owner reference names
 * it. The reference may be forged, so the UID may be that of any object (T12).
 */
export function isOfItself(by: Holder): boolean {
  return isPod(by) || by.group === GROUP;
}

/** Whether `by` holds numbers that pods share: it is a controller of pods, and no ordinal. */
export function isShared(by: Holder): boolean {
  return !isOfItself(by) && ordinalIn(by) === undefined;
}

/**
 * Whether `by` may ask for its numbers again under the same name and UID after their release. A pod is created once,
 * but a controller creates further pods, and an allocation may be edited. A claim of such a holder is `reserved` only
 * after the first step of its release.
 */
export function mayAskAgain(by: Holder): boolean {
  return !isPod(by);
}

/** The inverse of {@link ordinalHolder}: the set's name and the ordinal; undefined for any other holder. */
export function ordinalIn({ name }: Holder): { readonly set: string; readonly ordinal: number } | undefined {
  const match = /^(.+)\[(\d+)\]$/.exec(name);
  return match === null ? undefined : { set: match[1] ?? '', ordinal: Number(match[2]) };
}

/**
 * Finds out for each kind of holder whether it exists; see {@link HolderKind}.
 * @param usesPorts whether a pod still uses the numbers of the holder with this UID or token, on this node if one is
 *   given
 * @param asksFor whether a controller creates pods that ask for this port
 * @param isRunning whether a pod may still use its ports: while such a pod has the label of a role, the role's numbers
 *   stay
 */
export function livenessOf(
  client: ClusterClient,
  usesPorts: (pod: KubeObject, uid: string, nodeName: string | undefined) => boolean,
  asksFor: (controller: KubeObject, port: string) => boolean,
  isRunning: (pod: Pod) => boolean,
): Liveness {
  const controllers = Controllers.map((type) => ({
    type,
    nameOf: (by: Holder) => ordinalIn(by)?.set ?? by.name,
    asksFor,
  }));
  const pods = {
    type: Pods,
    isHolder: (pod: KubeObject, { uid }: Holder, key: DomainKey) =>
      usesPorts(pod, uid, key === CLUSTER ? undefined : key),
  };
  return new Liveness(client, [{ type: PortAllocations }, pods, ...controllers, ...roleKinds(isRunning)]);
}
