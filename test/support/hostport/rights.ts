import { AGENT_NAME, MANAGER_NAME } from '../../../src/api/index.ts';
import { agentAccess, managerAccess, roomAccess } from '../../../src/manifests/index.ts';
import type { Manifest } from '../../../src/manifests/index.ts';
import type { PolicyRule } from '../../../src/kube/index.ts';
import type { AuditedRequest } from '../control-plane/audit.ts';

const NAMESPACE = 'hostport-system';

/** One verb on one resource, for one account. */
export interface Right extends Omit<AuditedRequest, 'user' | 'name'> {
  readonly account: string;
  /** The only objects that it is about; absent: all of the resource. */
  readonly names?: readonly string[];
}

/** Every right that the shipped accounts ask for. */
export function rightsAsked(): readonly Right[] {
  return [
    ...[...managerAccess(NAMESPACE), ...roomAccess(NAMESPACE)].flatMap((each) => rightsIn(each, MANAGER_NAME)),
    ...agentAccess(NAMESPACE).flatMap((each) => rightsIn(each, AGENT_NAME)),
  ];
}

/** As a person would write it: `patch configmaps`, `update secrets hostport-webhook-ca`. */
export function describeRight({ group, resource, verb, names = [] }: Right): string {
  return [verb, group === '' ? resource : `${resource}.${group}`, ...names].join(' ');
}

/** The rights that none of `requests` needed. */
export function unused(asked: readonly Right[], requests: readonly AuditedRequest[]): readonly Right[] {
  return asked.filter((right) => !requests.some((request) => needs(request, right)));
}

function needs(request: AuditedRequest, { account, verb, group, resource, names }: Right): boolean {
  // The API server asks whether a role may be bound while the binding is written: no request of its own.
  const asked = verb === 'bind' ? { verb: 'patch', resource: 'clusterrolebindings' } : { verb, resource };
  return (
    request.user === `system:serviceaccount:${NAMESPACE}:${account}` &&
    request.verb === asked.verb &&
    request.resource === asked.resource &&
    request.group === group &&
    (names === undefined || names.includes(request.name))
  );
}

function rightsIn(manifest: Manifest, account: string): readonly Right[] {
  return ((manifest['rules'] ?? []) as readonly PolicyRule[]).flatMap(
    ({ apiGroups = [], resources = [], resourceNames, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => ({
            account,
            verb,
            group,
            resource,
            ...(resourceNames === undefined ? {} : { names: resourceNames }),
          })),
        ),
      ),
  );
}
