import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { issueLeaf, makeAuthority } from '../../src/runtime/tls/index.ts';
import { ensureBinaries } from '../../test/support/control-plane/binaries.ts';
import { ensureBuilt, targets } from '../../test/support/control-plane/build.ts';
import { startComponent } from '../../test/support/control-plane/component.ts';
import { freePort } from '../../test/support/control-plane/ports.ts';
import { succeed } from '../../test/support/hostport/hostport.ts';
import type { RunningHostport } from '../../test/support/hostport/hostport.ts';
import { UNTHROTTLED } from '../cluster.ts';
import { tell } from '../progress.ts';
import { groupsOf } from './workloads.ts';

const HOST = '127.0.0.1';
const PATIENCE_MS = 60_000;

/** What its kustomization adds to the webhooks for pods. */
const ITS_PODS = { matchExpressions: [{ key: 'leaderworkerset.sigs.k8s.io/name', operator: 'Exists' }] };

interface Webhook {
  readonly name: string;
  readonly clientConfig: { readonly service: { readonly path: string } };
}

/** LeaderWorkerSet as its project ships it, but unthrottled and silent, with an admin's rights: for a comparison. */
export class LeaderWorkerSet {
  readonly #hostport: RunningHostport;
  readonly #program: string;
  readonly #folder: string;
  readonly #webhookPort: number;

  private constructor(hostport: RunningHostport, program: string, webhookPort: number) {
    this.#hostport = hostport;
    this.#program = program;
    this.#webhookPort = webhookPort;
    this.#folder = join(hostport.plane.dir, 'lws');
  }

  /** Builds it if need be, and installs all but its process. */
  static async install(hostport: RunningHostport): Promise<LeaderWorkerSet> {
    const program = join(await ensureBuilt(targets.lws, tell), targets.lws.name);
    const lws = new LeaderWorkerSet(hostport, program, await freePort());
    mkdirSync(lws.#folder);
    const config = join(sources(), 'config');
    const definitions = join(config, 'crd', 'bases');
    await succeed(hostport.kubectl(['apply', '--server-side', '-f', definitions]));
    await succeed(hostport.kubectl(['wait', '--for=condition=Established', '-f', definitions]));
    const authority = await lws.#makeCertificate();
    for (const manifest of parseAllDocuments(readFileSync(join(config, 'webhook', 'manifests.yaml'), 'utf8')))
      await hostport.apply(lws.#called(manifest.toJS() as { readonly webhooks: readonly Webhook[] }, authority));
    lws.#configure(await freePort());
    return lws;
  }

  /** Starts its process; it is at work when this resolves. */
  async start(): Promise<AsyncDisposable> {
    const { plane, eventually, kubectl } = this.#hostport;
    const { runWithParent } = await ensureBinaries(tell, []);
    const component = await startComponent({
      name: 'lws',
      program: this.#program,
      args: [`--config=${this.#configuration}`, `--kubeconfig=${plane.kubeconfig}`, '--zap-log-level=error'],
      folder: this.#folder,
      runWithParent,
    });
    const [example] = groupsOf('default', 1);
    const { group, version, kind } = example?.type ?? { group: '', version: '', kind: '' };
    const tried = { apiVersion: `${group}/${version}`, kind, ...example?.draft };
    const isAtWork = async (): Promise<string> =>
      succeed(kubectl(['create', '--dry-run=server', '-o', 'name', '-f', '-'], tried));
    await Promise.race([eventually(isAtWork, () => true, 'its webhooks answer', PATIENCE_MS), component.failure]);
    return { [Symbol.asyncDispose]: () => component.stop() };
  }

  get #configuration(): string {
    return join(this.#folder, 'config.yaml');
  }

  #configure(healthPort: number): void {
    const configuration = {
      apiVersion: 'config.lws.x-k8s.io/v1alpha1',
      kind: 'Configuration',
      leaderElection: { leaderElect: false },
      internalCertManagement: { enable: false },
      clientConnection: UNTHROTTLED,
      webhook: { host: HOST, port: this.#webhookPort, certDir: this.#folder },
      health: { healthProbeBindAddress: `${HOST}:${healthPort}` },
      metrics: { bindAddress: '0' },
    };
    writeFileSync(this.#configuration, stringify(configuration));
  }

  /** Where its process looks for one. @returns who signed it, in PEM */
  async #makeCertificate(): Promise<string> {
    const now = Date.now();
    const authority = await makeAuthority('lws', { now });
    const leaf = await issueLeaf(authority, { dnsNames: [], ipAddresses: [HOST] }, { now, lifeMs: 86_400_000 });
    writeFileSync(join(this.#folder, 'tls.crt'), leaf.cert);
    writeFileSync(join(this.#folder, 'tls.key'), leaf.key, { mode: 0o600 });
    return authority.cert;
  }

  /** Its webhooks, called at loopback. */
  #called(manifest: { readonly webhooks: readonly Webhook[] }, authority: string): object {
    const caBundle = Buffer.from(authority).toString('base64');
    const webhooks = manifest.webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: { url: `https://${HOST}:${this.#webhookPort}${webhook.clientConfig.service.path}`, caBundle },
      ...(webhook.name.includes('pod.') ? { objectSelector: ITS_PODS } : {}),
    }));
    return { ...manifest, metadata: { name: 'lws' }, webhooks };
  }
}

/** The folder of its sources, which its manifests are in; they are there since it was built, or come now. */
function sources(): string {
  const args = ['mod', 'download', '-json', 'sigs.k8s.io/lws'];
  const answer = execFileSync('go', args, { cwd: targets.lws.folder, env: { ...process.env, GOWORK: 'off' } });
  return (JSON.parse(answer.toString()) as { readonly Dir: string }).Dir;
}
