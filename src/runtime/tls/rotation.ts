import { withCertificates } from './ca-state.ts';
import type { CaState } from './ca-state.ts';
import { bundleOf, includesCertificate, renewalOf } from './certificate.ts';
import type { Certificate, ReadPair } from './certificate.ts';

/** What the rules of rotation look at besides the Secret. */
export interface RotationView {
  /** Wall-clock time in milliseconds since the epoch. */
  readonly now: number;
  /** How long all webhook configurations have had the next authority, in milliseconds. Undefined if not all have it. */
  readonly nextKnownForMs: number | undefined;
  /** How long API servers may take to learn of a changed configuration, in milliseconds. */
  readonly graceMs: number;
  readonly leafLifeMs: number;
}

/** The next step for the shared state. */
type RotationStep =
  /** Nothing to do before `until`, in milliseconds since the epoch. `Infinity`: nothing to do until something changes. */
  | { readonly kind: 'wait'; readonly until: number }
  /** Make a next authority, for {@link withNext}. */
  | { readonly kind: 'prepare' }
  /** Store `state`. */
  | { readonly kind: 'switch' | 'tidy'; readonly state: CaState }
  /** No authority is left that clients could trust: make a new one, for {@link replacement}. */
  | { readonly kind: 'replace' };

/**
 * The next step of a rotation. First the next authority is added beside the current one, without signing. When all
 * configurations have had it for the grace time, it becomes the current one. When the last leaf certificate of the old
 * one has expired, the old one leaves the bundle.
 */
export function rotationStep(state: CaState, view: RotationView): RotationStep {
  const { current, next } = state;
  const { now, nextKnownForMs = -Infinity, graceMs } = view;
  const nextIsGood = next !== undefined && now < next.certificate.notAfter;
  if (now >= current.certificate.notAfter) {
    return nextIsGood ? { kind: 'switch', state: switched(state, next, view) } : { kind: 'replace' };
  }
  if (nextIsGood && nextKnownForMs >= graceMs) return { kind: 'switch', state: switched(state, next, view) };
  if (!nextIsGood && now >= renewalOf(current.certificate)) return { kind: 'prepare' };
  const tidied = tidy(state, now);
  if (tidied) return { kind: 'tidy', state: tidied };
  return { kind: 'wait', until: nextIsGood ? now + graceMs - nextKnownForMs : nextChange(state, now) };
}

/** `state` with `next` beside the current authority. */
export function withNext(state: CaState, next: ReadPair): CaState {
  const bundle = withCertificates(state.bundle, state.current.certificate, next.certificate);
  return { ...state, next, bundle };
}

/**
 * The state after the loss of the authority. `current` is a new one. The authorities in `trusted`, whose leaf
 * certificates may be in use, stay in the bundle.
 */
export function replacement(current: ReadPair, trusted: readonly Certificate[], view: ReplacementView): CaState {
  const alive = trusted.filter(({ isAuthority, notAfter }) => isAuthority && view.now < notAfter);
  const bundle = withCertificates([], ...alive, current.certificate);
  return bundle.length === 1 ? { current, bundle } : { current, bundle, retireAt: retirementOf(view) };
}

type ReplacementView = Pick<RotationView, 'now' | 'graceMs' | 'leafLifeMs'>;

function switched({ bundle }: CaState, current: ReadPair, view: RotationView): CaState {
  return { current, bundle: withCertificates(bundle, current.certificate), retireAt: retirementOf(view) };
}

/**
 * The old authority stays long enough for one more leaf certificate: a replica may have read the Secret just before the
 * switch.
 */
function retirementOf({ now, graceMs, leafLifeMs }: ReplacementView): number {
  return now + leafLifeMs + graceMs;
}

/** `state` with its bundle tidied up, or undefined if it is tidy. */
function tidy(state: CaState, now: number): CaState | undefined {
  const { current, next, retireAt, ...rest } = state;
  const signers = [current.certificate, ...(next ? [next.certificate] : [])];
  const retired = retireAt !== undefined && now >= retireAt;
  const kept = retired ? signers : withCertificates(state.bundle, ...signers);
  const bundle = kept.filter((one) => now < one.notAfter || includesCertificate(signers, one));
  if (!retired && bundleOf(bundle) === bundleOf(state.bundle)) return undefined;
  const left = { ...rest, current, ...(next ? { next } : {}), bundle };
  return retired || retireAt === undefined ? left : { ...left, retireAt };
}

function nextChange({ current, bundle, retireAt }: CaState, now: number): number {
  const times = [renewalOf(current.certificate), retireAt ?? Infinity, ...bundle.map(({ notAfter }) => notAfter)];
  return Math.min(...times.filter((time) => time > now));
}

/** A leaf certificate and the authority that signed it. */
export interface Leaf extends ReadPair {
  readonly issuer: Certificate;
}

/** What decides whether a new leaf certificate is needed. */
interface LeafView {
  readonly now: number;
  /** Whether all existing webhook configurations have the current authority. */
  readonly currentKnown: boolean;
}

/**
 * Whether to issue a leaf certificate now. A leaf of another authority is kept until all configurations have the
 * current authority, or until it expires.
 */
export function needsLeaf(leaf: Leaf | undefined, current: Certificate, { now, currentKnown }: LeafView): boolean {
  if (!leaf || now >= leaf.certificate.notAfter) return true;
  return leaf.issuer.fingerprint === current.fingerprint ? now >= renewalOf(leaf.certificate) : currentKnown;
}
