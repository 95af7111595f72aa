import { withCertificates } from './ca-state.ts';
import type { CaState } from './ca-state.ts';
import { bundleOf, includesCertificate, renewalOf } from './certificate.ts';
import type { Certificate, ReadPair } from './certificate.ts';

/** What the rules of rotation look at beside the Secret. */
export interface RotationView {
  /** Wall time in milliseconds since the epoch. */
  readonly now: number;
  /** For how long every webhook configuration has been seen to carry the next authority; undefined: not all do. */
  readonly nextKnownForMs: number | undefined;
  /** How long API servers may take to hear of a changed configuration. */
  readonly graceMs: number;
  readonly leafLifeMs: number;
}

/** What to do with the shared state. */
export type RotationStep =
  /** Nothing before `until`, in milliseconds since the epoch; `Infinity`: nothing before something changes. */
  | { readonly kind: 'wait'; readonly until: number }
  /** Make a next authority, for {@link withNext}. */
  | { readonly kind: 'prepare' }
  /** Store `state`. */
  | { readonly kind: 'switch' | 'tidy'; readonly state: CaState }
  /** Nothing is left that callers would trust: make a new authority, for {@link replacement}. */
  | { readonly kind: 'replace' };

/**
 * The next step of a rotation. First the next authority is put beside the current one, where it signs nothing; when all
 * configurations have carried it for the grace time, it takes over; and when the last leaf of the old one has expired,
 * the old one leaves the bundle.
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

/** The state after the loss of the authority: `current` is a new one; `trusted`, of which there may be leaves, stay known. */
export function replacement(current: ReadPair, trusted: readonly Certificate[], view: ReplacementView): CaState {
  const alive = trusted.filter(({ isAuthority, notAfter }) => isAuthority && view.now < notAfter);
  const bundle = withCertificates([], ...alive, current.certificate);
  return bundle.length === 1 ? { current, bundle } : { current, bundle, retireAt: retirementOf(view) };
}

type ReplacementView = Pick<RotationView, 'now' | 'graceMs' | 'leafLifeMs'>;

function switched({ bundle }: CaState, current: ReadPair, view: RotationView): CaState {
  return { current, bundle: withCertificates(bundle, current.certificate), retireAt: retirementOf(view) };
}

/** A replica that read the Secret just before the switch may issue one more leaf of the old authority. */
function retirementOf({ now, graceMs, leafLifeMs }: ReplacementView): number {
  return now + leafLifeMs + graceMs;
}

/** `state` with the bundle as it should be; undefined when it is. */
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

/** A leaf, and the authority that signed it. */
export interface Leaf extends ReadPair {
  readonly issuer: Certificate;
}

/** What decides on a leaf. */
export interface LeafView {
  readonly now: number;
  /** Whether every webhook configuration that there is carries the current authority. */
  readonly currentKnown: boolean;
}

/** Whether to issue a leaf now. One of another authority is kept until callers know the current one, or it expires. */
export function needsLeaf(leaf: Leaf | undefined, current: Certificate, { now, currentKnown }: LeafView): boolean {
  if (!leaf || now >= leaf.certificate.notAfter) return true;
  return leaf.issuer.fingerprint === current.fingerprint ? now >= renewalOf(leaf.certificate) : currentKnown;
}
