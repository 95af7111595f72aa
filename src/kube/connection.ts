import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { invariant } from '../base/result.ts';
import type { Clock } from '../base/clock.ts';

/** How many requests may be in flight at once. Watches have connections of their own. */
const requestConnections = 16;
/**
 * Less than the 90 s after which the API server closes an idle connection, so that a write never starts on a connection
 * that is being closed.
 */
const keepAliveMs = 60_000;
/**
 * How long tokens and certificates are reused before they are read again. Credential plug-ins and token files have
 * caches of their own.
 */
const credentialLifeMs = 10_000;

/** What a request needs to reach the API server. */
interface Access {
  /** Scheme, host and port. */
  readonly origin: string;
  /** The prefix of every path, without a slash at the end. Empty unless the API server is behind a gateway. */
  readonly basePath: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
}

/** There is no usable configuration. The message says what was read and what to do. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/** How to find the cluster. */
interface ConnectionOptions {
  /** The path that `--kubeconfig` gives. Absent: $KUBECONFIG, then the default file, then the pod's service account. */
  readonly kubeconfig?: string | undefined;
  readonly clock: Clock;
}

type TlsMaterial = Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'> & { servername?: string };

/**
 * The connections to one API server. The library makes a new pool for every request. Here all requests share one pool
 * with a limit, and all watches share another one without: in a common pool with a limit, a few watches would leave no
 * connection for requests.
 */
export class Connection implements AsyncDisposable {
  readonly #kubeConfig: KubeConfig;
  readonly #clock: Clock;
  readonly #server: URL;
  #access: Promise<Access> | undefined;
  #readAt = 0;
  #pools: { readonly key: string; readonly requests: Dispatcher; readonly watches: Dispatcher } | undefined;
  #ended = false;

  /** @throws KubeconfigError when there is no usable configuration */
  constructor(options: ConnectionOptions) {
    this.#kubeConfig = loadKubeConfig(options.kubeconfig);
    this.#clock = options.clock;
    const cluster = this.#kubeConfig.getCurrentCluster();
    if (!cluster)
      throw new KubeconfigError(
        'the kubeconfig names no current context with a cluster: set one with "kubectl config use-context", or pass --kubeconfig',
      );
    this.#server = new URL(cluster.server);
  }

  /** The namespace of the current context, or undefined if it names none. In a pod it is the pod's namespace. */
  get namespace(): string | undefined {
    return this.#kubeConfig.getContextObject(this.#kubeConfig.getCurrentContext())?.namespace ?? undefined;
  }

  /** The URL of the API server, for messages. */
  get server(): string {
    return this.#server.href;
  }

  /**
   * What the next request needs, with credentials that are at most ten seconds old. Throws `InvariantError` after
   * disposal.
   */
  access(): Promise<Access> {
    invariant(!this.#ended, 'the connection was ended');
    const now = this.#clock.monotonic();
    if (!this.#access || now - this.#readAt > credentialLifeMs) {
      this.#readAt = now;
      const reading = this.#read();
      reading.catch(() => {
        if (this.#access === reading) this.#access = undefined;
      });
      this.#access = reading;
    }
    return this.#access;
  }

  /** Call this when the API server has refused the credentials: the next request reads them again. */
  forgetCredentials(): void {
    this.#access = undefined;
  }

  /** Closes every connection at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    this.#access = undefined;
    await Promise.all([this.#pools?.requests.destroy(), this.#pools?.watches.destroy()]);
  }

  async #read(): Promise<Access> {
    const found: RequestOptions & { servername?: string } = {};
    await this.#kubeConfig.applyToHTTPSOptions(found);
    const { requests, watches } = this.#poolsFor(tlsMaterialOf(found));
    const basePath = this.#server.pathname.replace(/\/+$/, '');
    return { origin: this.#server.origin, basePath, headers: headersOf(found), requests, watches };
  }

  #poolsFor(tls: TlsMaterial): { readonly requests: Dispatcher; readonly watches: Dispatcher } {
    const key = JSON.stringify(tls);
    if (this.#pools?.key === key) return this.#pools;
    const old = this.#pools;
    const proxy = this.#kubeConfig.getCurrentCluster()?.proxyUrl ?? undefined;
    this.#pools = { key, requests: newPool(tls, proxy, requestConnections), watches: newPool(tls, proxy, undefined) };
    // Requests in flight end by themselves. A watch goes on until the API server ends it.
    if (old) for (const pool of [old.requests, old.watches]) void pool.close().catch(() => undefined);
    return this.#pools;
  }
}

function loadKubeConfig(path: string | undefined): KubeConfig {
  const config = new KubeConfig();
  try {
    if (path === undefined) config.loadFromDefault();
    else config.loadFromFile(path);
  } catch (cause) {
    const file = path ?? 'the kubeconfig';
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KubeconfigError(`${file} can't be used: ${why}; pass --kubeconfig FILE, or set $KUBECONFIG`, { cause });
  }
  // The library refuses plain HTTP, which `kubectl proxy` serves, unless certificate checks are off. Over plain HTTP
  // there are none to check.
  config.clusters = config.clusters.map((one) =>
    one.server.startsWith('http:') ? { ...one, skipTLSVerify: true } : one,
  );
  return config;
}

function tlsMaterialOf(found: TlsMaterial): TlsMaterial {
  const { ca, cert, key, rejectUnauthorized, servername } = found;
  const given = Object.entries({ ca, cert, key, rejectUnauthorized, servername }).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(given);
}

function headersOf(found: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  // A token file may end with a line break, which isn't allowed in a header.
  for (const [name, value] of Object.entries(found.headers ?? {})) headers[name.toLowerCase()] = String(value).trim();
  if (found.auth && headers['authorization'] === undefined) {
    headers['authorization'] = `Basic ${Buffer.from(found.auth).toString('base64')}`;
  }
  return headers;
}

function newPool(tls: TlsMaterial, proxy: string | undefined, connections: number | undefined): Dispatcher {
  const limits = {
    ...(connections === undefined ? {} : { connections }),
    keepAliveTimeout: keepAliveMs,
    pipelining: 1,
    // Aborting an HTTP/2 request that is being sent can send Node into an endless loop (undici 8.12, Node 24.21).
    allowH2: false,
  };
  if (proxy?.startsWith('socks')) throw new Error(`proxy-url ${proxy}: SOCKS isn't supported, use an HTTP proxy`);
  if (proxy) return new ProxyAgent({ ...limits, uri: proxy, requestTls: tls });
  return new Agent({ ...limits, connect: { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000 } });
}
