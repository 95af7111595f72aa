import type { RequestReport } from '../kube/index.ts';
import type { ControllerObserver } from './controller.ts';
import type { Metrics } from './metrics.ts';

/** The metrics of this folder. */
export interface RuntimeMetrics {
  /** The observer for a controller of this name. */
  observe(controller: string): ControllerObserver;
  /** Records whether this process is the leader. */
  readonly lead: (isLeader: boolean) => void;
  /** Records one attempt of a request to the API server. */
  readonly onRequest: (report: RequestReport) => void;
}

/** Adds metrics of queues, reconciles, leadership and requests to the API server to `metrics`. */
export function runtimeMetrics(metrics: Metrics): RuntimeMetrics {
  const depth = metrics.gauge({
    name: 'hostport_queue_depth',
    help: 'Keys that wait for a worker of the controller',
    labels: ['controller'],
  });
  const seconds = metrics.histogram({
    name: 'hostport_reconcile_seconds',
    help: 'Time that reconciles took, by how they ended',
    labels: ['controller', 'result'],
  });
  const reconciles = metrics.counter({
    name: 'hostport_reconcile_total',
    help: 'Reconciles, by how they ended: settled, again, stuck, or failed',
    labels: ['controller', 'result'],
  });
  const requests = metrics.counter({
    name: 'hostport_api_requests_total',
    help: 'Requests to the API server by verb, kind and HTTP status; 0 where there was no answer',
    labels: ['verb', 'resource', 'code'],
  });
  const requestSeconds = metrics.histogram({
    name: 'hostport_api_request_seconds',
    help: 'Time that requests to the API server took, by verb; of a watch until it was open',
    labels: ['verb'],
  });
  const leader = metrics.gauge({ name: 'hostport_leader', help: '1 while this process is the leader, else 0' });
  leader.set({}, 0);
  return {
    observe: (controller) => ({
      depth: (keys) => depth.set({ controller }, keys),
      reconciled: (result, took) => {
        reconciles.add({ controller, result });
        seconds.observe({ controller, result }, took);
      },
    }),
    lead: (isLeader) => leader.set({}, isLeader ? 1 : 0),
    onRequest: ({ verb, resource, code, seconds: took }) => {
      requests.add({ verb, resource, code: String(code) });
      requestSeconds.observe({ verb }, took);
    },
  };
}
