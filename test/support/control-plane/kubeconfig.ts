import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';

import type { Access } from './api.ts';

/** Writes a kubeconfig. As JSON, which is YAML too: every client takes it, and nobody has to quote anything. */
export function writeKubeconfig(path: string, access: Access, name = 'hostport'): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server: access.url, 'certificate-authority-data': access.caData } }],
    users: [{ name, user: { token: access.adminToken } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  writeFileSync(path, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
}

/** What the current context of a kubeconfig leads to. Its token may be missing: there are other ways to be let in. */
export function readKubeconfig(path: string): Partial<Access> {
  // kubectl, because kubeconfigs are YAML, refer to files, and may be lists of files that are merged.
  const text = execFileSync('kubectl', ['config', 'view', '--minify', '--raw', '--flatten', '-o', 'json'], {
    encoding: 'utf8',
    env: { ...process.env, KUBECONFIG: path },
  });
  const config = JSON.parse(text) as {
    clusters?: { cluster?: { server?: string; 'certificate-authority-data'?: string } }[] | null;
    users?: { user?: { token?: string } }[] | null;
  };
  const cluster = config.clusters?.[0]?.cluster;
  const token = config.users?.[0]?.user?.token;
  return {
    ...(cluster?.server === undefined ? {} : { url: cluster.server }),
    ...(cluster?.['certificate-authority-data'] === undefined ? {} : { caData: cluster['certificate-authority-data'] }),
    ...(token === undefined ? {} : { adminToken: token }),
  };
}
