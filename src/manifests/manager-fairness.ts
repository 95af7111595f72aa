import { MANAGER_NAME } from '../api/index.ts';
import { ownLabels } from './manifest.ts';
import type { Manifest } from './manifest.ts';

const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io/v1';

/** Before what Kubernetes says of service accounts in general (9000), and of its own controllers (800). */
const PRECEDENCE = 700;

const everything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true };

/**
 * Seats in the API server that nobody takes from the managers. A pod that is created keeps the seat of its creator until
 * they have answered, and they answer when the ledger is written: if they shared seats with those who create pods, a burst
 * would wait for itself. So it is a priority level of their own, not `workload-high`, where the controllers of
 * Deployments are, too. Half of it is lent while they are idle.
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
