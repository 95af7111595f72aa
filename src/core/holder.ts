/** The object that a number is held for. The UID tells it from an earlier one of the same name. */
export interface Holder {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Kind, group, namespace and name as one text: equal for all that ever had this name. */
  readonly key: string;
}

/** Makes a {@link Holder}; the key is derived. */
export function holder(parts: Omit<Holder, 'key'>): Holder {
  return { ...parts, key: `${holderKind(parts)} ${parts.namespace}/${parts.name}` };
}

/** `Kind.group`, as kubectl writes it; `Kind` alone in the core group. */
export function holderKind({ group, kind }: Pick<Holder, 'group' | 'kind'>): string {
  return group === '' ? kind : `${kind}.${group}`;
}

/** Whether `holder` is a pod. */
export function isPod({ group, kind }: Pick<Holder, 'group' | 'kind'>): boolean {
  return kind === 'Pod' && group === '';
}

/** Whether `holder` is a RoleInstance or a RoleInstanceSet, which hold the numbers of the pods that they make. */
export function isRole({ group, kind }: Pick<Holder, 'group' | 'kind'>): boolean {
  return group === 'hostport.io' && (kind === 'RoleInstance' || kind === 'RoleInstanceSet');
}
