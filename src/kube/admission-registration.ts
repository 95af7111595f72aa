import type { KubeObject, LabelSelector } from './resource.ts';

/** Where the API server calls a webhook: at a URL, or at a Service. Exactly one of the two is set. */
export interface WebhookClientConfig {
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly path?: string;
    readonly port?: number;
  };
  /**
   * PEM certificates in base64, against which the API server checks the webhook's certificate. Absent: the API server's
   * own trust roots.
   */
  readonly caBundle?: string;
}

/** Which requests a webhook or policy applies to. */
interface AdmissionRule {
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT' | '*')[];
  readonly apiGroups: readonly string[];
  readonly apiVersions: readonly string[];
  readonly resources: readonly string[];
  readonly scope?: 'Cluster' | 'Namespaced' | '*';
}

/** A CEL expression that has to be true for a request, or the webhook or policy doesn't apply to it. */
interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

/** One webhook of a configuration. */
export interface AdmissionWebhook {
  readonly name: string;
  readonly clientConfig: WebhookClientConfig;
  readonly rules?: readonly AdmissionRule[];
  readonly sideEffects: 'None' | 'NoneOnDryRun';
  readonly admissionReviewVersions: readonly string[];
  readonly failurePolicy?: 'Fail' | 'Ignore';
  readonly matchPolicy?: 'Equivalent' | 'Exact';
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
  readonly matchConditions?: readonly MatchCondition[];
  readonly timeoutSeconds?: number;
  /** Only for mutating webhooks. */
  readonly reinvocationPolicy?: 'Never' | 'IfNeeded';
}

/** MutatingWebhookConfiguration or ValidatingWebhookConfiguration. */
export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly AdmissionWebhook[];
}

/** ValidatingAdmissionPolicy: checks in CEL that the API server makes by itself. */
export interface ValidatingAdmissionPolicy extends KubeObject {
  readonly spec: {
    readonly failurePolicy?: 'Fail' | 'Ignore';
    readonly paramKind?: { readonly apiVersion: string; readonly kind: string };
    readonly matchConstraints?: {
      readonly matchPolicy?: 'Equivalent' | 'Exact';
      readonly namespaceSelector?: LabelSelector;
      readonly objectSelector?: LabelSelector;
      readonly resourceRules?: readonly (AdmissionRule & { readonly resourceNames?: readonly string[] })[];
      readonly excludeResourceRules?: readonly (AdmissionRule & { readonly resourceNames?: readonly string[] })[];
    };
    readonly matchConditions?: readonly MatchCondition[];
    readonly variables?: readonly { readonly name: string; readonly expression: string }[];
    readonly validations?: readonly {
      readonly expression: string;
      readonly message?: string;
      readonly messageExpression?: string;
      readonly reason?: string;
    }[];
    readonly auditAnnotations?: readonly { readonly key: string; readonly valueExpression: string }[];
  };
  readonly status?: { readonly observedGeneration?: number; readonly typeChecking?: object };
}

/** ValidatingAdmissionPolicyBinding: puts a policy into force. */
export interface ValidatingAdmissionPolicyBinding extends KubeObject {
  readonly spec: {
    readonly policyName: string;
    readonly validationActions: readonly ('Deny' | 'Warn' | 'Audit')[];
    readonly paramRef?: Readonly<Record<string, unknown>>;
    readonly matchResources?: Readonly<Record<string, unknown>>;
  };
}
