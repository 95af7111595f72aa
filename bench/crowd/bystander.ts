import type { Draft, Namespace, Node, Pod } from '../../src/kube/index.ts';

/** Pods are spread over so many namespaces. */
export const NAMESPACES = 100;
const VARIABLES = 25;
/** As many as a kubelet lists of the images of its node. */
const IMAGES = 50;

/** One of the namespaces that the pods are in. */
export function namespaceOf(at: number): Draft<Namespace> {
  return { metadata: { name: `crowd-${at % NAMESPACES}` } };
}

/** A pod that has nothing to do with us, as a chart of a web service makes it; on one of `nodes` nodes. About 7 KB of JSON. */
export function bystander(at: number, nodes: number): Draft<Pod> {
  const app = `service-${at % 500}`;
  const labels = {
    'app.kubernetes.io/name': app,
    'app.kubernetes.io/instance': `${app}-production`,
    'pod-template-hash': '5d4f8c7b9',
  };
  const spec = {
    nodeName: nodeName(at % nodes),
    containers: [container('web', 8080), container('proxy', 15_001)],
    volumes: [
      { name: 'settings', configMap: { name: `${app}-settings` } },
      { name: 'secrets', secret: { secretName: `${app}-secrets` } },
      { name: 'scratch', emptyDir: {} },
    ],
    serviceAccountName: 'default',
    terminationGracePeriodSeconds: 30,
  };
  const annotations = {
    'prometheus.io/scrape': 'true',
    'prometheus.io/port': '8080',
    'checksum/config': 'c'.repeat(64),
  };
  return {
    metadata: {
      name: `${app}-5d4f8c7b9-${at.toString(36).padStart(5, '0')}`,
      namespace: `crowd-${at % NAMESPACES}`,
      labels,
      annotations,
    },
    spec,
  };
}

function container(
  name: string,
  containerPort: number,
): Pod['spec']['containers'][number] & Readonly<Record<string, unknown>> {
  const probe = { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10, failureThreshold: 3 };
  return {
    name,
    image: `registry.example.com/platform/${name}:1.27.3`,
    ports: [{ name: 'http', containerPort }],
    env: Array.from({ length: VARIABLES }, (_, at) => ({ name: `SETTING_${at}`, value: `value-of-setting-${at}` })),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    livenessProbe: probe,
    readinessProbe: probe,
    volumeMounts: [
      { name: 'settings', mountPath: '/etc/settings' },
      { name: 'secrets', mountPath: '/etc/secrets' },
      { name: 'scratch', mountPath: '/tmp' },
    ],
  };
}

/** A node with what kubelets report: resources, addresses, conditions, and the images that are there. */
export function nodeAt(at: number): Draft<Node> {
  const name = nodeName(at);
  const resources = { cpu: '64', memory: '256Gi', 'ephemeral-storage': '1Ti', pods: '250' };
  const time = new Date().toISOString().replace(/\.\d+/, '');
  const conditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
    type,
    status: type === 'Ready' ? 'True' : 'False',
    reason: `KubeletHas${type}`,
    message: `kubelet has something to say about ${type}`,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  }));
  const images = Array.from({ length: IMAGES }, (_, image) => ({
    names: [
      `registry.example.com/platform/image-${image}@sha256:${'a'.repeat(64)}`,
      `registry.example.com/platform/image-${image}:1.27.3`,
    ],
    sizeBytes: 123_456_789,
  }));
  const addresses = [
    { type: 'InternalIP', address: `10.${at >> 16}.${(at >> 8) & 255}.${at & 255}` },
    { type: 'Hostname', address: name },
  ];
  const labels = { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zone-${at % 3}` };
  const status = { capacity: resources, allocatable: resources, conditions, images, addresses };
  return { metadata: { name, labels }, status };
}

function nodeName(at: number): string {
  return `crowd-node-${at}`;
}
