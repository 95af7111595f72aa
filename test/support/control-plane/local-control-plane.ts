import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';

import { callApi } from './api.ts';
import { argumentsOf, type Layout } from './arguments.ts';
import type { Binaries, ComponentName } from './binaries.ts';
import { startComponent, waitUntil, type Component } from './component.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { areNodesReady, createNodes } from './nodes.ts';
import type { ControlPlane, ControlPlaneOptions } from './options.ts';

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
  readonly #running = new Map<ComponentName, Component>();
  readonly #onExit = (): void => this.#abandon();

  constructor(options: ControlPlaneOptions, binaries: Binaries, layout: Layout) {
    this.#options = options;
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
    const rest = parts.filter((name) => !this.#running.has(name));
    await Promise.all([...rest.map((name) => this.#launch(name)), createNodes(this, nodes)]);
    const has = (name: ComponentName): boolean => this.#running.has(name);
    if (has('kube-controller-manager')) {
      await this.#waitFor('the default service account', () => this.#finds('/api/v1/namespaces/default/serviceaccounts/default'));
      if (has('kwok')) await this.#waitFor('the nodes', () => areNodesReady(this, nodes));
    }
  }

  async startApiServer(): Promise<void> {
    if (this.#running.has('kube-apiserver')) throw new Error('the API server runs already');
    await this.#launch('kube-apiserver');
    await this.#waitFor('the API server', async () => {
      this.caData ||= readCertificates(join(this.#layout.servingCertificates, 'apiserver.crt'));
      return this.caData !== '' && (await this.#finds('/readyz'));
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
    component.failure.catch((error: Error) => this.#options.report?.(error.message));
  }

  async #end(name: ComponentName): Promise<void> {
    const component = this.#running.get(name);
    this.#running.delete(name);
    await component?.stop();
  }

  #waitFor(what: string, check: () => Promise<boolean>): Promise<void> {
    return waitUntil(what, check, [...this.#running.values()]);
  }

  async #finds(path: string): Promise<boolean> {
    try {
      return (await callApi(this, 'GET', path)).status === 200;
    } catch {
      return false; // nobody listens yet
    }
  }

  /** The process exits without having called `stop`. */
  #abandon(): void {
    for (const component of this.#running.values()) component.kill();
    if (this.#options.dir === undefined) rmSync(this.dir, { recursive: true, force: true });
  }
}

/** The certificates in a file that the API server may be in the middle of writing: then nothing. */
function readCertificates(path: string): string {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return text.endsWith('-----END CERTIFICATE-----\n') ? Buffer.from(text).toString('base64') : '';
}

function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => resolve(response.resume().statusCode === 200)).once('error', () => resolve(false));
  });
}
