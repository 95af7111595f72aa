import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

/** One sort of request that an account made, and was allowed to. */
export interface AuditedRequest {
  readonly user: string;
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods/status`. */
  readonly resource: string;
  readonly name: string;
}

/** One request, as somebody who can tell the members of an account apart wants to have it. */
export interface AuditedCall extends AuditedRequest {
  readonly namespace: string;
  /** Which token it was made with: the token's `jti`. */
  readonly token: string;
  /** When the API server had read it, in milliseconds since the epoch. */
  readonly at: number;
  /** What was answered. */
  readonly code: number;
}

/** What is used of a line of an API server's audit log (audit.k8s.io/v1). */
interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly requestReceivedTimestamp: string;
  readonly responseStatus?: { readonly code?: number };
  readonly objectRef?: {
    readonly namespace?: string;
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly annotations?: Readonly<Record<string, string>>;
}

const CHUNK_BYTES = 1024 * 1024;
/** Names are kept where there are few of them: of what rights name one by one. */
const NAMED = /^(?:secrets|clusterroles|clusterrolebindings|customresourcedefinitions|.*webhookconfigurations)$/;

/** Only service accounts of this namespace are audited. */
const NAMESPACE = 'hostport-system';

/** Where control planes leave what was asked of them; undefined where nobody wants to know. */
export function auditFolder(): string | undefined {
  return process.env['HOSTPORT_AUDIT_FOLDER'] || undefined;
}

/** The flags that have an API server log what our service accounts ask of it; what they need is written into `dir`. */
export function auditArguments(dir: string, folder: string): readonly string[] {
  const policy = {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'Metadata', userGroups: [`system:serviceaccounts:${NAMESPACE}`] }, { level: 'None' }],
  };
  const file = join(dir, 'audit-policy.json');
  writeFileSync(file, JSON.stringify(policy));
  return [`--audit-policy-file=${file}`, `--audit-log-path=${logOf(dir, folder)}`, '--audit-log-mode=batch'];
}

/** Makes of the log of a control plane that has ended the few sorts of requests that are in it. */
export function foldAudit(dir: string, folder: string): void {
  foldLog(logOf(dir, folder));
}

/** Everything that was asked of the control planes that left their logs in `folder`. */
export function readAudit(folder: string): readonly AuditedRequest[] {
  const files = (ending: string): readonly string[] => readdirSync(folder).filter((name) => name.endsWith(ending));
  // Those of control planes that ended with their process.
  for (const name of files('.log')) foldLog(join(folder, name));
  const lines = files('.rows').flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
  return [...new Set(lines)].filter((line) => line !== '').map((line) => JSON.parse(line) as AuditedRequest);
}

/** Every request that has been answered so far by the control plane in `dir`, which logs into `folder`; streams as responses. */
export function auditedCalls(dir: string, folder: string): readonly AuditedCall[] {
  return [...linesOf(logOf(dir, folder))].flatMap((line) => callOf(line) ?? []);
}

function callOf(line: string): AuditedCall | undefined {
  const event = eventIn(line);
  const request = event && requestOf(event);
  if (event === undefined || request === undefined) return undefined;
  const { user, objectRef, requestReceivedTimestamp, responseStatus } = event;
  const [credential = ''] = user.extra?.['authentication.kubernetes.io/credential-id'] ?? [];
  return {
    ...request,
    name: objectRef?.name ?? '',
    namespace: objectRef?.namespace ?? '',
    token: credential.replace(/^JTI=/, ''),
    at: Date.parse(requestReceivedTimestamp),
    code: responseStatus?.code ?? 0,
  };
}

function logOf(dir: string, folder: string): string {
  return join(folder, `${dir.replaceAll(/[^A-Za-z0-9]+/g, '-')}.log`);
}

function foldLog(path: string): void {
  if (!existsSync(path)) return;
  const rows = new Set<string>();
  for (const line of linesOf(path)) {
    const row = rowOf(line);
    if (row !== undefined) rows.add(JSON.stringify(row));
  }
  writeFileSync(path.replace(/\.log$/, '.rows'), [...rows].join('\n'));
  rmSync(path);
}

function rowOf(line: string): AuditedRequest | undefined {
  const event = eventIn(line);
  return event && requestOf(event);
}

function eventIn(line: string): AuditEvent | undefined {
  // An API server that was killed leaves half a line.
  return line.endsWith('}') ? (JSON.parse(line) as AuditEvent) : undefined;
}

function requestOf({ verb, user, objectRef, annotations = {} }: AuditEvent): AuditedRequest | undefined {
  if (objectRef?.resource === undefined || annotations['authorization.k8s.io/decision'] !== 'allow') return undefined;
  const { apiGroup: group = '', resource, subresource, name = '' } = objectRef;
  return {
    user: user.username,
    verb,
    group,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    name: NAMED.test(resource) ? name : '',
  };
}

/** A log may have hundreds of megabytes. */
function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, size))).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(file);
  }
}
