import type { ControllerObserver } from './controller.ts';
import type { Metrics } from './metrics.ts';

/** What the runtime tells about itself. */
export interface RuntimeMetrics {
  /** For a controller of this name. */
  observe(controller: string): ControllerObserver;
  /** Whether this process leads. */
  readonly lead: (isLeader: boolean) => void;
}

/** Adds the queues, reconciles and leadership to `metrics`. */
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
  const leader = metrics.gauge({ name: 'hostport_leader', help: '1 while this process is the leader, else 0' });
  leader.set({}, 0);
  return {
    observe: (controller) => ({
      depth: (keys) => depth.set({ controller }, keys),
      reconciled: (result, took) => seconds.observe({ controller, result }, took),
    }),
    lead: (isLeader) => leader.set({}, isLeader ? 1 : 0),
  };
}
