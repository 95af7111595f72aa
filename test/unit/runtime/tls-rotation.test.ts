import { describe, expect, test } from '@jest/globals';
import { readCaState, writeCaState } from '../../../src/runtime/tls/ca-state.ts';
import type { CaState } from '../../../src/runtime/tls/ca-state.ts';
import type { Certificate, ReadPair } from '../../../src/runtime/tls/index.ts';
import { makeAuthority, readPair } from '../../../src/runtime/tls/index.ts';
import { needsLeaf, replacement, rotationStep, withNext } from '../../../src/runtime/tls/rotation.ts';
import type { RotationView } from '../../../src/runtime/tls/rotation.ts';

/** An authority that is valid from 0 to 900 by default. The rules never look into the PEM. */
function authority(name: string, notBefore = 0, notAfter = 900): ReadPair {
  const certificate: Certificate = { pem: name, fingerprint: name, notBefore, notAfter, isAuthority: true };
  return { certificate, pair: { cert: name, key: name } };
}

function view(change: Partial<RotationView> = {}): RotationView {
  return { now: 100, nextKnownForMs: undefined, graceMs: 10, leafLifeMs: 50, ...change };
}

const old = authority('old', 0, 900);
const next = authority('next', 600, 1_500);
const steady: CaState = { current: old, bundle: [old.certificate] };
const prepared = withNext(steady, next);

function names(state: CaState): readonly string[] {
  return state.bundle.map(({ fingerprint }) => fingerprint);
}

/** The state that the step stores. Fails if it stores none. */
function stored(state: CaState, seen: RotationView): { kind: string; state: CaState } {
  const step = rotationStep(state, seen);
  if (step.kind !== 'switch' && step.kind !== 'tidy') throw new Error(`${step.kind} stores nothing`);
  return step;
}

describe('a rotation', () => {
  test('waits until two thirds of the life are over', () => {
    expect(rotationStep(steady, view({ now: 599 }))).toEqual({ kind: 'wait', until: 600 });
    expect(rotationStep(steady, view({ now: 600 }))).toEqual({ kind: 'prepare' });
  });

  test('has the next authority in the bundle before it signs', () => {
    expect(names(prepared)).toEqual(['old', 'next']);
    expect(prepared.current).toBe(old);
  });

  test.each([
    ['not all configurations carry it', undefined, Infinity],
    ['they do since now', 0, 660],
    ['they do for less than the grace time', 9, 651],
  ])('does not switch while %s', (_, nextKnownForMs, again) => {
    expect(rotationStep(prepared, view({ now: 650, nextKnownForMs }))).toEqual({ kind: 'wait', until: again });
  });

  test('switches when all have carried it for the grace time, and keeps the old one known', () => {
    const { kind, state } = stored(prepared, view({ now: 650, nextKnownForMs: 10 }));
    expect(kind).toBe('switch');
    expect(state.current).toBe(next);
    expect(state.next).toBeUndefined();
    expect(names(state)).toEqual(['old', 'next']);
  });

  test('no grace time is no reason to switch before they carry it', () => {
    expect(rotationStep(prepared, view({ now: 650, graceMs: 0 })).kind).toBe('wait');
  });

  test('drops the old one when no leaf of it can be valid, and not earlier', () => {
    const { state } = stored(prepared, view({ now: 650, nextKnownForMs: 10 }));
    // A leaf that was issued at the last moment is valid until 650 + 50, or a little longer.
    expect(rotationStep(state, view({ now: 709 }))).toEqual({ kind: 'wait', until: 710 });
    const dropped = stored(state, view({ now: 710 }));
    expect(dropped.kind).toBe('tidy');
    expect(names(dropped.state)).toEqual(['next']);
    expect(rotationStep(dropped.state, view({ now: 710 })).kind).toBe('wait');
  });

  test('drops what has expired, whatever was said of its retirement', () => {
    const { retireAt: _, ...state } = stored(prepared, view({ now: 890, nextKnownForMs: 10 })).state;
    expect(names(stored(state, view({ now: 900 })).state)).toEqual(['next']);
  });

  test('puts signers back that somebody took out of the bundle', () => {
    expect(names(stored({ ...prepared, bundle: [] }, view({ now: 650 })).state)).toEqual(['old', 'next']);
  });

  test('switches at once when the old one has expired: nobody trusts it any longer', () => {
    expect(stored(prepared, view({ now: 900 })).state.current).toBe(next);
  });

  test('starts anew when all have expired', () => {
    expect(rotationStep(steady, view({ now: 900 }))).toEqual({ kind: 'replace' });
    expect(rotationStep(prepared, view({ now: 1_500 }))).toEqual({ kind: 'replace' });
  });
});

describe('after the loss of the authority', () => {
  test('what leaves may be of stays known until they have expired', () => {
    const lost = [authority('expired', 0, 100).certificate, old.certificate, old.certificate];
    const state = replacement(next, lost, view({ now: 650 }));
    expect(names(state)).toEqual(['old', 'next']);
    expect(names(stored(state, view({ now: 710 })).state)).toEqual(['next']);
  });

  test('a certificate that is no authority is not trusted', () => {
    const leaf = { ...old.certificate, isAuthority: false };
    expect(names(replacement(next, [leaf], view()))).toEqual(['next']);
  });
});

describe('a leaf', () => {
  const leaf = { ...authority('leaf', 0, 90), issuer: old.certificate };

  test.each([
    { when: 'there is none', held: undefined, signer: old, now: 0, known: false, expected: true },
    { when: 'it is young', held: leaf, signer: old, now: 59, known: true, expected: false },
    { when: 'two thirds of its life are over', held: leaf, signer: old, now: 60, known: false, expected: true },
    { when: 'callers do not know the new authority', held: leaf, signer: next, now: 60, known: false, expected: false },
    { when: 'callers know the new authority', held: leaf, signer: next, now: 10, known: true, expected: true },
    { when: 'it has expired, whoever is known', held: leaf, signer: next, now: 90, known: false, expected: true },
  ])('when $when: $expected', ({ held, signer, now, known, expected }) => {
    expect(needsLeaf(held, signer.certificate, { now, currentKnown: known })).toBe(expected);
  });
});

describe('the Secret', () => {
  async function state(): Promise<CaState> {
    const [current, following] = await Promise.all(['a', 'b'].map((name) => makeAuthority(name, { now: 0 })));
    const pairs = [current, following].map((pair) => pair && readPair(pair));
    const [first, second] = pairs.map((pair) => (pair?.ok ? pair.value : undefined));
    if (!first || !second) throw new Error('they can be read');
    return { ...withNext({ current: first, bundle: [first.certificate] }, second), retireAt: Date.UTC(2026, 0, 1) };
  }
  const text = (value = ''): string => Buffer.from(value, 'base64').toString();
  const base64 = (value: string): string => Buffer.from(value).toString('base64');

  test('says it all, and is read as it was written', async () => {
    const written = await state();
    const data = writeCaState(written, { other: 'kept' });
    expect(Object.keys(data).sort()).toEqual(
      ['ca-bundle.crt', 'next.crt', 'next.key', 'other', 'retire-at', 'tls.crt', 'tls.key'].sort(),
    );
    expect(text(data['tls.key'])).toContain('PRIVATE KEY');
    expect(text(data['ca-bundle.crt'])).not.toContain('PRIVATE KEY');
    expect(readCaState(data)).toEqual({ ok: true, value: written });
  });

  test('loses the next authority when that has taken over', async () => {
    const { current, bundle, ...rest } = await state();
    const data = writeCaState({ current, bundle }, writeCaState({ current, bundle, ...rest }));
    expect(Object.keys(data).sort()).toEqual(['ca-bundle.crt', 'tls.crt', 'tls.key']);
  });

  test.each([
    ['nothing', () => ({}), 'tls.crt is no certificate in PEM'],
    ['rubbish', () => ({ 'tls.crt': base64('rubbish') }), 'tls.crt is no certificate in PEM'],
    ['no key', () => ({ 'tls.key': '' }), 'tls.key is no private key in PEM without a passphrase'],
  ])('with %s in it is told to be damaged', async (what, change, expected) => {
    const data = what === 'nothing' ? {} : { ...writeCaState(await state()), ...change() };
    expect(readCaState(data)).toEqual({ ok: false, error: expected });
  });

  test("with a key that is not the certificate's, or no authority, is damaged", async () => {
    const data = writeCaState(await state());
    const swapped = { ...data, 'tls.key': data['next.key'] ?? '' };
    expect(readCaState(swapped)).toEqual({ ok: false, error: 'tls.key is not the key of the certificate' });
  });

  test('with a damaged next authority or bundle still signs', async () => {
    const written = await state();
    const data = { ...writeCaState(written), 'next.crt': base64('?'), 'ca-bundle.crt': base64('?'), 'retire-at': '?' };
    expect(readCaState(data)).toEqual({ ok: true, value: { current: written.current, bundle: [] } });
  });
});
