import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { argumentsOf, type Layout } from './arguments.ts';
import { auditFolder, foldAudit } from './audit.ts';
import type { Binaries, ComponentName } from './binaries.ts';
import { startComponent, type Component } from './component.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { areNodesReady, createNodes } from './nodes.ts';
import type { ControlPlane, ControlPlaneOptions } from './options.ts';
import { isFound, isHealthy, readCertificates } from './probes.ts';
import { waitUntil } from './wait.ts';

/** The parts that only talk to the API server. */
const clients: readonly ComponentName[] = ['kwok', 'kube-scheduler', 'kube-controller-manager'];

/** A control plane of our own processes. */
export class LocalControlPlane implements ControlPlane {
  readonly isOurs = true;
  readonly dir: string;
  readonly url: string;
  readonly kubeconfig: string;
  readonly adminToken: string;
  caData = '';
  readonly #options: ControlPlaneOptions;
  readonly #binaries: Binaries;
  readonly #layout: Layout;
  readonly #report: (line: string) => void;
  #isUp = false;
  readonly #running = new Map<ComponentName, Component>();
  readonly #onExit = (): void => this.#abandon();

  constructor(options: ControlPlaneOptions, binaries: Binaries, layout: Layout, report: (line: string) => void) {
    this.#options = options;
    this.#report = report;
    this.#binaries = binaries;
    this.#layout = layout;
    this.dir = layout.dir;
    this.url = `https://127.0.0.1:${layout.apiServerPort}`;
    this.kubeconfig = layout.kubeconfig;
    this.adminToken = layout.credentials.adminToken;
    if (options.detached !== true) process.once('exit', this.#onExit);
  }

  get apiServerPid(): number | undefined {
    return this.#running.get('kube-apiserver')?.identity.pid;
  }

  /** Starts the given parts; settles once all of them work. */
  async start(parts: readonly ComponentName[]): Promise<void> {
    await this.#launch('etcd');
    await this.#waitFor('etcd', () => isHealthy(`http://127.0.0.1:${this.#layout.etcdPort}/health`));
    await this.startApiServer();
    writeKubeconfig(this.kubeconfig, this);
    const { nodes = 0 } = this.#options;
    for (const name of parts.filter((part) => !this.#running.has(part))) await this.#launch(name);
    await createNodes(this, nodes);
    const has = (name: ComponentName): boolean => this.#running.has(name);
    if (has('kube-controller-manager')) {
      const account = '/api/v1/namespaces/default/serviceaccounts/default';
      await this.#waitFor('the default service account', () => isFound(this, account));
      if (has('kwok')) await this.#waitFor('the nodes', () => areNodesReady(this, nodes));
    }
    this.#isUp = true;
  }

  async startApiServer(): Promise<void> {
    if (this.#running.has('kube-apiserver')) throw new Error('the API server runs already');
    await this.#launch('kube-apiserver');
    await this.#waitFor('the API server', async () => {
      this.caData ||= readCertificates(join(this.#layout.servingCertificates, 'apiserver.crt'));
      return this.caData !== '' && (await isFound(this, '/readyz'));
    });
    for (const name of clients) this.#running.get(name)?.resume();
  }

  async stopApiServer(): Promise<void> {
    for (const name of clients) this.#running.get(name)?.pause();
    await this.#end('kube-apiserver');
  }

  async stop(): Promise<void> {
    process.off('exit', this.#onExit);
    await Promise.all(clients.map((name) => this.#end(name)));
    await this.#end('kube-apiserver');
    await this.#end('etcd');
    const { auditFolder: audit = auditFolder() } = this.#options;
    if (audit !== undefined) foldAudit(this.dir, audit);
    if (this.#options.dir === undefined) rmSync(this.dir, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #launch(name: ComponentName): Promise<void> {
    const component = await startComponent({
      name,
      program: this.#binaries.programs[name] ?? name,
      args: argumentsOf[name](this.#layout, this.#options),
      folder: this.dir,
      runWithParent: this.#options.detached === true ? undefined : this.#binaries.runWithParent,
    });
    this.#running.set(name, component);
    // Whoever finds this folder later can end what is left of it.
    appendFileSync(join(this.dir, 'processes'), `${JSON.stringify({ name, ...component.identity })}\n`);
    component.failure.catch((error: unknown) => {
      if (this.#isUp) this.#report(String(error)); // until then somebody waits for it, and is told by an exception
    });
  }

  async #end(name: ComponentName): Promise<void> {
    const component = this.#running.get(name);
    this.#running.delete(name);
    await component?.stop();
  }

  #waitFor(what: string, check: () => Promise<boolean>): Promise<void> {
    return waitUntil(what, check, [...this.#running.values()]);
  }

  /** The process exits without having called `stop`. */
  #abandon(): void {
    for (const component of this.#running.values()) component.kill();
    if (this.#options.dir === undefined) rmSync(this.dir, { recursive: true, force: true });
  }
}
