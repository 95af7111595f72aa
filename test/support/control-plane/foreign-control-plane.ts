import type { Access } from './api.ts';
import { readKubeconfig } from './kubeconfig.ts';
import type { ControlPlane } from './options.ts';

/** A cluster that was there before us and stays when we go. */
export class ForeignControlPlane implements ControlPlane {
  readonly isOurs = false;
  readonly apiServerPid = undefined;
  readonly kubeconfig: string;
  #access: Partial<Access> | undefined;

  constructor(kubeconfig: string) {
    this.kubeconfig = kubeconfig;
  }

  get url(): string {
    return this.#read('url');
  }

  get adminToken(): string {
    return this.#read('adminToken');
  }

  get caData(): string {
    return this.#read('caData');
  }

  get dir(): string {
    throw this.#notOurs('its files are out of reach');
  }

  stopApiServer(): Promise<void> {
    return Promise.reject(this.#notOurs('its API server is not for us to stop'));
  }

  startApiServer(): Promise<void> {
    return Promise.reject(this.#notOurs('its API server is not for us to start'));
  }

  /** Does nothing. */
  stop(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Read when it is asked for: most tests only hand the kubeconfig on. */
  #read(key: keyof Access): string {
    this.#access ??= readKubeconfig(this.kubeconfig);
    const value = this.#access[key];
    if (value === undefined) throw this.#notOurs(`its kubeconfig has no ${key}`);
    return value;
  }

  #notOurs(why: string): Error {
    return new Error(`the cluster of ${this.kubeconfig} isn't ours: ${why}`);
  }
}
