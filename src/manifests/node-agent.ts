import { AGENT_NAME, GROUP } from '../api/index.ts';
import { celString } from './cel.ts';
import { ownLabels, RBAC } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { policyManifests } from './policy.ts';

/** On the agents' pods, and in the selector for them. */
const agentLabels = { 'app.kubernetes.io/name': 'hostport', 'app.kubernetes.io/component': 'node-agent' } as const;

/** The claim with the name of the pod's node in a token that is bound to a pod; from Kubernetes 1.30. */
const NODE_NAME_CLAIM = 'authentication.kubernetes.io/node-name';

const rules = [
  // The numbers to report.
  { apiGroups: [GROUP], resources: ['portpools'], verbs: ['list'] },
  // The agent's node, so that the report is deleted with it. A role can't be limited to the agent's own node; for
  // reports the policy is.
  { apiGroups: [''], resources: ['nodes'], verbs: ['get'] },
  { apiGroups: [GROUP], resources: ['nodereports'], verbs: ['create', 'patch'] },
];

/** The account of the node agents and its rights: none on the ledger, and reports of their own nodes only. */
export function agentAccess(namespace: string): readonly Manifest[] {
  const metadata = { name: AGENT_NAME, labels: ownLabels };
  const subjects = [{ kind: 'ServiceAccount', name: AGENT_NAME, namespace }];
  const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name: AGENT_NAME };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata, namespace } },
    ...reportPolicy(namespace),
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata, rules },
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata, roleRef, subjects },
  ];
}

/** An agent reports only its own node: an intruder on one node lies about that node only. */
function reportPolicy(namespace: string): readonly Manifest[] {
  const agent = `system:serviceaccount:${namespace}:${AGENT_NAME}`;
  const claim = celString(NODE_NAME_CLAIM);
  return policyManifests(AGENT_NAME, {
    failurePolicy: 'Fail',
    matchConstraints: {
      matchPolicy: 'Equivalent',
      resourceRules: [
        {
          operations: ['CREATE', 'UPDATE'],
          apiGroups: [GROUP],
          apiVersions: ['*'],
          resources: ['nodereports', 'nodereports/status'],
          scope: 'Cluster',
        },
      ],
    },
    matchConditions: [{ name: 'by-an-agent', expression: `request.userInfo.username == ${celString(agent)}` }],
    variables: [
      {
        name: 'node',
        expression:
          `has(request.userInfo.extra) && ${claim} in request.userInfo.extra && ` +
          `size(request.userInfo.extra[${claim}]) == 1 ? request.userInfo.extra[${claim}][0] : ''`,
      },
    ],
    validations: [
      {
        expression: "variables.node != ''",
        message:
          'a node agent reports with a token that is bound to its pod, which says what node it is on: run it as a pod of the DaemonSet',
        reason: 'Forbidden',
      },
      {
        expression: "variables.node == '' || object.metadata.name == variables.node",
        message: 'a node agent reports its own node only',
        messageExpression:
          `'the agent of node "' + variables.node + '" may not report node "' + object.metadata.name + ` +
          `'": set --node-name to its own node'`,
        reason: 'Forbidden',
      },
      {
        expression:
          "has(object.metadata.ownerReferences) && object.metadata.ownerReferences.all(owner, owner.kind == 'Node' && owner.name == object.metadata.name)",
        message: 'a report is owned by its node and by nobody else',
        reason: 'Forbidden',
      },
    ],
  });
}

const podSpec = {
  serviceAccountName: AGENT_NAME,
  // The host's sockets and kernel settings are visible only from its network; the agent opens no port there.
  hostNetwork: true,
  dnsPolicy: 'ClusterFirstWithHostNet',
  // Numbers are in use wherever pods may run.
  tolerations: [{ operator: 'Exists' }],
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  terminationGracePeriodSeconds: 10,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 65532,
    runAsGroup: 65532,
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

const container = {
  name: 'node-agent',
  imagePullPolicy: 'IfNotPresent',
  args: ['node-agent', '--node-name=$(NODE_NAME)'],
  env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } }],
  resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '192Mi' } },
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  },
};

/** An agent on each node. */
export function agentDaemonSet(namespace: string, image: string): Manifest {
  const labels = { ...ownLabels, ...agentLabels };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: AGENT_NAME, namespace, labels },
    spec: {
      selector: { matchLabels: agentLabels },
      // A node is without its agent for moments only: reports live longer.
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
      template: { metadata: { labels }, spec: { ...podSpec, containers: [{ ...container, image }] } },
    },
  };
}
