import { describe, expect, test } from '@jest/globals';
import { adopt, audit } from '../../../src/allocation/audit.ts';
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

  test('believes the ledger before a holder, however old that is', () => {
    const { missing, disputes } = audit(domainWith(claim('young', 20000)), [belief('old', 20000, 1)], isOver);
    expect(missing).toEqual([]);
    expect(disputes).toMatchObject([{ number: 20000, holder: { name: 'old' }, by: { holder: { name: 'young' } } }]);
  });

  test('believes the older of two holders where the ledger says nothing', () => {
    const { missing, disputes } = audit(new Domain(), [belief('young', 20000, 9), belief('old', 20000, 1)], isOver);
    expect(missing).toMatchObject([{ holder: { name: 'old' } }]);
    expect(disputes).toMatchObject([{ holder: { name: 'young' }, by: { holder: { name: 'old' } } }]);
  });

  test('tells a holder whose number a stranger uses, and takes nothing from it', () => {
    const domain = domainWith(claim('a', 31000));
    domain.observe(31000, [{ ...claim('service', 31000), state: 'observed' }]);
    expect(audit(domain, [belief('a', 31000, 1)], isOver)).toMatchObject({
      missing: [],
      disputes: [{ by: { state: 'observed' } }],
    });
  });
});

describe('an adoption', () => {
  function adoptAll(domain: Domain, beliefs: readonly Belief[]): readonly Claim[] {
    const { missing } = audit(domain, beliefs, isOver);
    domain.begin();
    const adopted = adopt(domain, missing, isOver);
    domain.commit();
    return adopted;
  }

  test('gives a number back beside what nobody can read there', () => {
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

  test('takes over what was reserved for another pod of the name, once none can come', () => {
    const other = { ...claim('a', 20000, 'reserved'), holder: { ...belief('a', 20000, 1).holder, uid: 'token' } };
    const early = domainWith({ ...other, time: NOW + 1 });
    expect(adoptAll(early, [belief('a', 20000, 1)])).toEqual([]);
    const late = domainWith({ ...other, time: NOW });
    expect(adoptAll(late, [belief('a', 20000, 1)])).toHaveLength(1);
    expect(late.claimsOn(20000)).toMatchObject([{ state: 'held', holder: { uid: 'uid-a' } }]);
    const stranger = domainWith({ ...claim('b', 20000, 'reserved'), time: NOW });
    expect(adoptAll(stranger, [belief('a', 20000, 1)])).toEqual([]);
  });

  test('does nothing where somebody was given the number since the audit', () => {
    const domain = new Domain();
    const { missing } = audit(domain, [belief('a', 20000, 1)], isOver);
    domain.write(20000, [claim('b', 20000)]);
    domain.begin();
    expect(adopt(domain, missing, isOver)).toEqual([]);
    domain.commit();
    expect(domain.claimsOn(20000)).toMatchObject([{ holder: { name: 'b' } }]);
  });
});
