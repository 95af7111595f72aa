import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AGENT_NAME, NodeReports } from '../../../src/api/index.ts';
import type { NodeReport } from '../../../src/api/index.ts';
import { Pods } from '../../../src/kube/index.ts';
import type { Pod } from '../../../src/kube/index.ts';
import { AgentProcess } from '../../support/hostport/agent-process.ts';
import { NAMESPACE } from '../../support/hostport/running-hostport.ts';
import type { RunningHostport } from '../../support/hostport/hostport.ts';
import { writeAccountKubeconfig } from '../../support/hostport/service-account.ts';

/** A process that listens on a number, until it is disposed. */
export async function listenOn(port: number, host = '0.0.0.0'): Promise<AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

/** Agents of the nodes of a cluster, which all run on this machine. */
export class Agents implements AsyncDisposable {
  readonly #hostport: RunningHostport;
  readonly #folder: string;
  readonly #agents: AgentProcess[] = [];

  private constructor(hostport: RunningHostport, folder: string) {
    this.#hostport = hostport;
    this.#folder = folder;
  }

  /** Installs what agents need; the pods of their DaemonSet are there, and nothing runs in them. */
  static async install(hostport: RunningHostport): Promise<Agents> {
    const url = `https://127.0.0.1:${hostport.webhookPort}`;
    const { code, stdout, stderr } = await hostport.run('install', '--node-agent', '--webhook-url', url);
    if (code !== 0) throw new Error(`hostport install ended with ${code}: ${stdout}${stderr}`);
    return new Agents(hostport, await mkdtemp(join(tmpdir(), 'hostport-agents-')));
  }

  /** The kubeconfig of the agent of `node`: with a token of its pod there. */
  async kubeconfigOf(node: string): Promise<string> {
    const { client, eventually, signal, plane: access } = this.#hostport;
    const path = join(this.#folder, node);
    const isThere = ({ spec, metadata }: Pod): boolean => {
      const isOurs = metadata.ownerReferences?.some(({ kind, name }) => kind === 'DaemonSet' && name === AGENT_NAME);
      return isOurs === true && spec.nodeName === node;
    };
    const read = async (): Promise<Pod | undefined> =>
      (await client.list(Pods, { namespace: NAMESPACE, signal })).items.find(isThere);
    const pod = await eventually(read, (found) => found !== undefined, `the DaemonSet has a pod on ${node}`);
    if (pod === undefined) throw new Error(`there is no agent on ${node}`);
    await writeAccountKubeconfig({ client, access, namespace: NAMESPACE, path, signal, account: AGENT_NAME, pod });
    return path;
  }

  /** Starts the agent of `node`, and waits for its first report. */
  async start(node: string, ...args: readonly string[]): Promise<AgentProcess> {
    const kubeconfig = await this.kubeconfigOf(node);
    const logFile = join(this.#folder, `${node}-${this.#agents.length}.log`);
    const interval = ['--report-interval', '500ms'];
    const before = (await this.report(node))?.spec.renewTime;
    const agent = await AgentProcess.start({ node, kubeconfig, args: [...interval, ...args], logFile });
    this.#agents.push(agent);
    const read = async (): Promise<string> => (await this.report(node))?.spec.renewTime ?? agent.log();
    await this.#hostport.eventually(
      read,
      (now) => now !== before && now.endsWith('Z') && !Number.isNaN(Date.parse(now)),
      `${node} is reported`,
    );
    return agent;
  }

  report(node: string): Promise<NodeReport | undefined> {
    return this.#hostport.client.find(NodeReports, { name: node }, { signal: this.#hostport.signal });
  }

  /** Waits until the report of `node` says that something listens on `port`, or that nothing does. */
  async reported(node: string, port: number, listens = true): Promise<void> {
    const read = async (): Promise<readonly number[]> =>
      ((await this.report(node))?.spec.listening ?? []).map((socket) => socket.port);
    const what = `${node} is reported to ${listens ? '' : 'no longer '}listen on ${port}`;
    await this.#hostport.eventually(read, (ports) => ports.includes(port) === listens, what);
  }

  /** Waits for so many more reports of `node`. */
  async reportedAgain(node: string, times: number): Promise<void> {
    const renewal = async (): Promise<string> => (await this.report(node))?.spec.renewTime ?? '';
    for (let time = 0; time < times; time++) {
      const before = await renewal();
      await this.#hostport.eventually(renewal, (now) => now !== before, `${node} is reported again`);
    }
  }

  /** A folder that looks like the `/proc` of a host on which nothing listens. */
  async procWith(range: string): Promise<string> {
    const proc = join(this.#folder, 'proc');
    const kernel = 'sys/net/ipv4';
    const files = {
      [`${kernel}/ip_local_port_range`]: range,
      [`${kernel}/ip_local_reserved_ports`]: '',
      'net/tcp': '',
    };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(proc, name)), { recursive: true });
      await writeFile(join(proc, name), text);
    }
    return proc;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const agent of this.#agents) await agent[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
