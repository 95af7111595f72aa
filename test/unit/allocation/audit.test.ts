import { describe, expect, test } from '@jest/globals';
import { podHolder } from '../../../src/allocation/index.ts';
import { adopt, audit, auditGently } from '../../../src/allocation/audit.ts';
import type { Belief } from '../../../src/allocation/audit.ts';
import { ANY_ADDRESS, Domain, TCP, decodeCell, holder } from '../../../src/core/index.ts';
import type { Claim } from '../../../src/core/index.ts';

function belief(name: string, number: number, since: number, count = 1): Belief {
  return {
    holder: holder({ group: 'hostport.io', kind: 'PortAllocation', namespace: 'games', name, uid: `uid-${name}` }),
    pool: 'default',
    ports: [{ name: 'game', protocols: TCP, address: ANY_ADDRESS, number, count }],
    since,
  };
}

function claim(name: string, number: number, state: Claim['state'] = 'held'): Claim {
  const { holder: by } = belief(name, number, 1);
  const rest = { pool: 'default', port: 'game', time: 5 };
  return { number, protocols: TCP, address: ANY_ADDRESS, holder: by, state, ...rest };
}

function domainWith(...claims: Claim[]): Domain {
  const domain = new Domain();
  for (const each of claims) domain.write(each.number, [...domain.claimsOn(each.number), each]);
  return domain;
}

const NOW = 100;
const isOver = ({ time }: { readonly time: number }): boolean => time <= NOW;

describe('an audit', () => {
  test('finds nothing where ledger and holders agree', () => {
    const domain = domainWith(claim('a', 20000), claim('b', 20001));
    expect(audit(domain, [belief('a', 20000, 1), belief('b', 20001, 2)], isOver)).toEqual({
      missing: [],
      disputes: [],
    });
  });

  test('finds every number of a block that the ledger lacks', () => {
    const { missing } = audit(domainWith(claim('a', 20001)), [belief('a', 20000, 7, 3)], isOver);
    expect(missing.map(({ number, time }) => [number, time])).toEqual([
      [20000, 7],
      [20002, 7],
    ]);
  });

  test('names the pool of each missing number', () => {
    const poolOf = (number: number): string => (number === 20001 ? 'small' : '-');
    const { missing } = audit(domainWith(), [{ ...belief('a', 20000, 7, 3), poolOf }], isOver);
    expect(missing.map(({ number, pool }) => [number, pool])).toEqual([
      [20000, '-'],
      [20001, 'small'],
      [20002, '-'],
    ]);
  });

  test('finds the same, and gives way to others, where there are many holders', async () => {
    const many = Array.from({ length: 60_000 }, (_, at) => belief(`a${at}`, at + 1, 60_000 - at));
    const domain = domainWith(claim('a0', 1), claim('b', 2), claim('a9', 10));
    let turns = 0;
    const turn = (): void => {
      turns++;
      next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    const found = await auditGently(domain, many, isOver);
    clearImmediate(next);
    expect(turns).toBeGreaterThan(0);
    expect(found).toEqual(audit(domain, many, isOver));
    expect(found.missing).toHaveLength(59_997);
  });

  test('finds nothing missing for a holder that no longer claims the number at the end', () => {
    let looks = 0;
    const { ports } = belief('a', 20000, 1);
    const edited = {
      ...belief('a', 20000, 1),
      ports: { [Symbol.iterator]: () => (looks++ === 0 ? ports : [])[Symbol.iterator]() },
    };
    expect(audit(new Domain(), [edited, belief('b', 20001, 2)], isOver).missing).toMatchObject([{ number: 20001 }]);
  });

  test('believes the ledger before a holder, however old that is', () => {
    const { missing, disputes } = audit(domainWith(claim('young', 20000)), [belief('old', 20000, 1)], isOver);
    expect(missing).toEqual([]);
    expect(disputes).toMatchObject([{ number: 20000, holder: { name: 'old' }, by: { holder: { name: 'young' } } }]);
  });

  test.each([
    ['a port', { ports: [{ name: 'FOO x', protocols: TCP, address: ANY_ADDRESS, number: 20000, count: 1 }] }],
    [
      'a holder',
      { holder: holder({ group: 'apps', kind: 'StatefulSet', namespace: 'games', name: 'x y[3]', uid: 'u' }) },
    ],
  ])('believes nothing under a name that the ledger could not store: of %s', (_, change) => {
    const { missing } = audit(new Domain(), [{ ...belief('a', 20000, 1), ...change }, belief('b', 20001, 2)], isOver);
    expect(missing.map(({ number }) => number)).toEqual([20001]);
  });

  test('believes the older of two holders where the ledger has no claim', () => {
    const { missing, disputes } = audit(new Domain(), [belief('young', 20000, 9), belief('old', 20000, 1)], isOver);
    expect(missing).toMatchObject([{ holder: { name: 'old' } }]);
    expect(disputes).toMatchObject([{ holder: { name: 'young' }, by: { holder: { name: 'old' } } }]);
  });

  test('reports a dispute with the observed claim of another object, and takes nothing from the holder', () => {
    const domain = domainWith(claim('a', 31000));
    domain.observe(31000, [{ ...claim('service', 31000), state: 'observed' }]);
    expect(audit(domain, [belief('a', 31000, 1)], isOver)).toMatchObject({
      missing: [],
      disputes: [{ by: { state: 'observed' } }],
    });
  });

  test('finds no dispute between lender and borrower, whichever of them the ledger lacks', () => {
    const lender = belief('voice', 20000, 1);
    const borrower = {
      ...lender,
      holder: podHolder({ namespace: 'games', name: 'relay', uid: 'uid-relay' }),
      since: 2,
    };
    const lent = claim('voice', 20000);
    const borrowed = { ...lent, holder: borrower.holder };
    for (const there of [[lent, borrowed], [lent], [borrowed], []]) {
      const { missing, disputes } = audit(domainWith(...there), [lender, borrower], isOver);
      expect(disputes).toEqual([]);
      expect(missing).toHaveLength(2 - there.length);
    }
    const second = { ...borrower, holder: podHolder({ namespace: 'games', name: 'late', uid: 'uid-late' }) };
    expect(audit(domainWith(lent, borrowed), [second], isOver)).toMatchObject({
      missing: [],
      disputes: [{ by: { holder: { name: 'relay' } } }],
    });
    const abroad = { ...borrower, holder: podHolder({ namespace: 'other', name: 'relay', uid: 'uid-abroad' }) };
    expect(audit(domainWith(lent), [abroad], isOver).disputes).toMatchObject([{ by: { holder: { name: 'voice' } } }]);
  });

  test('finds no dispute between a holder and its own observed claim', () => {
    const domain = domainWith(claim('a', 20000));
    domain.observe(20000, [{ ...claim('a', 20000), state: 'observed' }]);
    expect(audit(domain, [belief('a', 20000, 1)], isOver)).toEqual({ missing: [], disputes: [] });
  });
});

describe('an adoption', () => {
  function adoptAll(domain: Domain, beliefs: readonly Belief[]): readonly Claim[] {
    const { missing } = audit(domain, beliefs, isOver);
    domain.begin();
    const { adopted } = adopt(domain, missing, isOver, () => true);
    domain.commit();
    return adopted;
  }

  test('writes the claim beside one that is unreadable', () => {
    const domain = new Domain();
    domain.write(20000, decodeCell(20000, 'rubbish'));
    expect(adoptAll(domain, [belief('a', 20000, 1)])).toHaveLength(1);
    expect(
      domain
        .claimsOn(20000)
        .map(({ state }) => state)
        .sort(),
    ).toEqual(['held', 'unreadable']);
  });

  test('takes a number out of somebody’s cooldown', () => {
    const domain = domainWith(claim('gone', 20000, 'cooling'));
    expect(adoptAll(domain, [belief('a', 20000, 1)])).toHaveLength(1);
    expect(domain.claimsOn(20000)).toMatchObject([{ state: 'held', holder: { name: 'a' } }]);
  });

  test('takes over a reservation for another pod of the name once it has ended', () => {
    const other = { ...claim('a', 20000, 'reserved'), holder: { ...belief('a', 20000, 1).holder, uid: 'token' } };
    const early = domainWith({ ...other, time: NOW + 1 });
    expect(adoptAll(early, [belief('a', 20000, 1)])).toEqual([]);
    const late = domainWith({ ...other, time: NOW });
    expect(adoptAll(late, [belief('a', 20000, 1)])).toHaveLength(1);
    expect(late.claimsOn(20000)).toMatchObject([{ state: 'held', holder: { uid: 'uid-a' } }]);
    const third = domainWith({ ...claim('b', 20000, 'reserved'), time: NOW });
    expect(adoptAll(third, [belief('a', 20000, 1)])).toEqual([]);
  });

  test('gives a pod what it borrowed beside its lender, and a second pod nothing', () => {
    const lender = belief('voice', 20000, 1);
    const [one, other] = ['one', 'other'].map((name) => ({
      ...lender,
      holder: podHolder({ namespace: 'games', name, uid: name }),
    }));
    const domain = domainWith(claim('voice', 20000));
    const names = (beliefs: readonly (Belief | undefined)[]) =>
      adoptAll(
        domain,
        beliefs.filter((each) => each !== undefined),
      ).map(({ holder: { name } }) => name);
    expect(names([one, other])).toEqual(['one']);
    expect(names([other])).toEqual([]);
    expect(domain.claimsOn(20000)).toHaveLength(2);
  });

  test('stops at the quota of the namespace, and returns the claims beyond it', () => {
    const domain = domainWith(claim('a', 20000));
    const { missing } = audit(domain, [belief('a', 20000, 1, 900)], isOver);
    const mayHave = 3;
    domain.begin();
    const { adopted, beyond } = adopt(
      domain,
      missing,
      isOver,
      (namespace, pool) => domain.tally.of(namespace, pool).held <= mayHave,
    );
    domain.commit();
    expect(adopted.map(({ number }) => number)).toEqual([20001, 20002]);
    expect(beyond).toHaveLength(897);
    expect([...domain.claims()]).toHaveLength(mayHave);
  });

  test('does nothing where somebody was given the number since the audit', () => {
    const domain = new Domain();
    const { missing } = audit(domain, [belief('a', 20000, 1)], isOver);
    domain.write(20000, [claim('b', 20000)]);
    domain.begin();
    expect(adopt(domain, missing, isOver, () => true)).toEqual({ adopted: [], beyond: [] });
    domain.commit();
    expect(domain.claimsOn(20000)).toMatchObject([{ holder: { name: 'b' } }]);
  });
});
