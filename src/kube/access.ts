import type { KubeObject } from './resource.ts';

/** rbac.authorization.k8s.io/v1 PolicyRule: what a role allows. */
export interface PolicyRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** rbac.authorization.k8s.io/v1 Role and ClusterRole. */
export interface Role extends KubeObject {
  readonly rules?: readonly PolicyRule[];
}

/** rbac.authorization.k8s.io/v1 RoleBinding and ClusterRoleBinding. */
export interface RoleBinding extends KubeObject {
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[];
}

/** A user, as the API server identifies them. */
export interface UserInfo {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** authentication.k8s.io/v1 TokenReview: a question that the API server answers and doesn't store. */
export interface TokenReview extends KubeObject {
  readonly spec: { readonly token: string };
  readonly status?: { readonly authenticated?: boolean; readonly user?: UserInfo; readonly error?: string };
}

/** authorization.k8s.io/v1 SubjectAccessReview: a question that the API server answers and doesn't store. */
export interface SubjectAccessReview extends KubeObject {
  readonly spec: {
    readonly user?: string;
    readonly uid?: string;
    readonly groups?: readonly string[];
    readonly extra?: Readonly<Record<string, readonly string[]>>;
    readonly nonResourceAttributes?: { readonly path: string; readonly verb: string };
  };
  readonly status?: { readonly allowed: boolean; readonly denied?: boolean };
}
