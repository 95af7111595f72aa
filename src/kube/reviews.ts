import { resourceType } from './resource.ts';
import type { KubeObject } from './resource.ts';

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

/** TokenReviews: who has a token. */
export const TokenReviews = resourceType<TokenReview>({
  group: 'authentication.k8s.io',
  version: 'v1',
  plural: 'tokenreviews',
  kind: 'TokenReview',
  namespaced: false,
});

/** SubjectAccessReviews: what a user may do. */
export const SubjectAccessReviews = resourceType<SubjectAccessReview>({
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
});
