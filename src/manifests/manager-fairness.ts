import { MANAGER_NAME } from '../api/index.ts';
import { ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';

const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io/v1';

/** Before the FlowSchemas of Kubernetes for service accounts (9000) and for its own controllers (800). */
const PRECEDENCE = 700;

const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true };

/**
 * A share of the API server's concurrency for the managers alone. The creation of a pod occupies a seat until the
 * managers have answered, and they answer once the ledger is written: if they shared seats with the creators of pods, a
 * burst would wait for itself. So this is a priority level of its own, not `workload-high`, which the controllers of
 * Deployments use as well. Half of it is lent while the managers are idle.
 */
export function managerFairness(namespace: string): readonly Manifest[] {
  const metadata = { name: MANAGER_NAME, labels: ownLabels };
  const queuing = { queues: 16, handSize: 4, queueLengthLimit: 100 };
  return [
    {
      apiVersion: FLOW_CONTROL,
      kind: 'PriorityLevelConfiguration',
      metadata,
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 20, lendablePercent: 50, limitResponse: { type: 'Queue', queuing } },
      },
    },
    {
      apiVersion: FLOW_CONTROL,
      kind: 'FlowSchema',
      metadata,
      spec: {
        priorityLevelConfiguration: { name: MANAGER_NAME },
        matchingPrecedence: PRECEDENCE,
        distinguisherMethod: { type: 'ByUser' },
        rules: [
          {
            subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: MANAGER_NAME, namespace } }],
            resourceRules: [everything],
            nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
          },
        ],
      },
    },
  ];
}
