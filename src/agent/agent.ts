import { AGENT_NAME, API_VERSION, NodeReports } from '../api/index.ts';
import type { NodeReport } from '../api/index.ts';
import { isCancellation, pause } from '../base/cancellation.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { Nodes, microTime } from '../kube/index.ts';
import type { ClusterClient, OwnerReference } from '../kube/index.ts';
import type { PoolSpecs } from './pool-specs.ts';
import { findingsOn } from './report.ts';
import type { Findings, Host } from './report.ts';

/** What an agent needs. */
interface NodeAgentParts {
  readonly client: Pick<ClusterClient, 'find' | 'patch'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** The name of its node. */
  readonly nodeName: string;
  /** The pools whose numbers it reports. */
  readonly pools: Pick<PoolSpecs, 'read'>;
  readonly readHost: () => Promise<Host>;
  /** The shortest time between two reports, in milliseconds. */
  readonly intervalMs: number;
}

/** How often the host is looked at, in milliseconds; or as often as it may be reported, if that is more often. */
const LOOK_EVERY_MS = 2_000;

/** An unchanged report is renewed after so many intervals. */
const RENEW_AFTER = 1.5;

/** Reports what the host of its node looks like: on change, and often enough to be believed. */
export class NodeAgent {
  readonly #parts: NodeAgentParts;
  #owner: OwnerReference | undefined;
  #uid: string | undefined;
  /** The findings of the last report, as JSON. */
  #reported = '';
  /** When the last report was tried, on the monotonic clock. */
  #triedAt = -Infinity;

  constructor(parts: NodeAgentParts) {
    this.#parts = parts;
  }

  /**
   * Looks and reports until `signal` aborts. Trouble is logged, and tried again; meanwhile the last report expires by
   * itself.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, intervalMs } = this.#parts;
    while (!signal.aborted) {
      try {
        await this.look(signal);
      } catch (error) {
        if (isCancellation(error, signal)) return;
        log.warn('the node could not be reported, to be tried again', { error });
      }
      await pause(clock, Math.min(LOOK_EVERY_MS, intervalMs), signal).catch(() => undefined);
    }
  }

  /** Looks once, and reports if that is due. */
  async look(signal: AbortSignal): Promise<void> {
    const { clock, pools, readHost, intervalMs } = this.#parts;
    const specs = await pools.read(signal);
    const findings = findingsOn(await readHost(), specs);
    const text = JSON.stringify(findings);
    const age = clock.monotonic() - this.#triedAt;
    if (age < (text === this.#reported ? RENEW_AFTER : 1) * intervalMs) return;
    // Also after a failure: a failed write isn't tried more often.
    this.#triedAt = clock.monotonic();
    if (await this.#write(findings, signal)) this.#reported = text;
  }

  /** @returns false if there is no such node */
  async #write(findings: Findings, signal: AbortSignal): Promise<boolean> {
    const { client, clock, log, nodeName, intervalMs } = this.#parts;
    this.#owner ??= await this.#findNode(signal);
    if (this.#owner === undefined) {
      log.warn('there is no such node: it is reported as soon as it is there; see that --node-name is its name');
      return false;
    }
    const body = {
      apiVersion: API_VERSION,
      kind: NodeReports.kind,
      metadata: { name: nodeName, ownerReferences: [this.#owner] },
      spec: { ...findings, renewTime: microTime(clock.now()) } satisfies NodeReport['spec'],
    };
    const change = { type: 'apply', body, fieldManager: AGENT_NAME, force: true, retryForMs: intervalMs } as const;
    const { metadata } = await client.patch(NodeReports, { name: nodeName }, { ...change, metadataOnly: true, signal });
    // If the report has another UID, the former one was deleted with its node, which was created again.
    if (metadata.uid !== this.#uid) this.#owner = undefined;
    this.#uid = metadata.uid;
    log.debug('reported', { sockets: findings.sockets });
    return true;
  }

  async #findNode(signal: AbortSignal): Promise<OwnerReference | undefined> {
    const { client, nodeName } = this.#parts;
    const found = await client.find(Nodes, { name: nodeName }, { signal });
    if (found === undefined) return undefined;
    const { apiVersion, kind, metadata } = found;
    return { apiVersion, kind, name: nodeName, uid: metadata.uid };
  }
}
