import { describe, expect, test } from '@jest/globals';
import { borrow, borrowersOf, confirm, encodeClaim, holder } from '../../../src/core/index.ts';
import type { Holder } from '../../../src/core/index.ts';
import { Desk } from './desk.ts';
import { allocation, pool, seen, tcp, tcpudp, udp } from './make.ts';

const games = pool('20000-20019');
const voice = allocation('voice');
const PORTS = [tcp('http'), tcpudp('game', { address: '10.0.0.5' }), udp('rtp', { count: 3 })];

function pod(name: string, uid = `${name}-token`, namespace = 'arena'): Holder {
  return holder({ group: '', kind: 'Pod', namespace, name, uid });
}

/** A desk at which `voice` has all of its ports: 20000, 20001, and 20002 to 20004. */
class LendingDesk extends Desk {
  constructor() {
    super();
    this.numbers(voice, games, PORTS);
  }

  /** Lends what `voice` has for 45 s. */
  lend(borrower: Holder, { gone = [] as readonly string[], lender = voice } = {}) {
    const request = { lender, borrower, until: this.now + 45, gone: new Set(gone) };
    return this.write(() => borrow(this.domain, request));
  }

  /** Lends to a pod that is seen then. */
  lendTo(borrower: Holder, uid = `${borrower.name}-1`): Holder {
    const lent = this.lend(borrower);
    if (!lent.ok) throw new Error(lent.error.message);
    const there = { ...borrower, uid };
    this.write(() => confirm(this.domain, borrower.uid, there, this.now));
    return there;
  }

  /** Who has what, for how long. */
  lines(): readonly string[] {
    return [...this.domain.claims()].map((claim) => `${claim.number} ${encodeClaim(claim)}`);
  }
}

describe('a pod that borrows', () => {
  test('has every number of the allocation beside it, as the allocation has it', () => {
    const desk = new LendingDesk();
    const before = desk.lines();
    const lent = desk.lend(pod('relay'));
    expect(lent.ok && lent.value.map(({ number }) => number).sort()).toEqual([20000, 20001, 20002, 20003, 20004]);
    const added = desk.lines().filter((line) => !before.includes(line));
    const until = new Date((desk.now + 45) * 1000).toISOString().slice(0, 19);
    const by = `games Pod arena/relay relay-token`;
    expect(added).toEqual([
      `20000 TCP reserved ${by} http ${until}Z`,
      `20001 TCPUDP@10.0.0.5 reserved ${by} game ${until}Z`,
      ...[20002, 20003, 20004].map((number) => `${number} UDP reserved ${by} rtp ${until}Z`),
    ]);
    expect(desk.lines()).toEqual(expect.arrayContaining([...before]));
  });

  test('is the only one, also before it is seen', () => {
    const desk = new LendingDesk();
    desk.lend(pod('relay'));
    const before = desk.lines();
    const refused = desk.lend(pod('rival'));
    expect(refused).toMatchObject({ ok: false, error: { reason: 'PortHeld' } });
    expect(!refused.ok && refused.error.message).toContain('is used by pod "relay"');
    expect(desk.lines()).toEqual(before);
  });

  test('has the whole allocation, also what that was given since', () => {
    const desk = new LendingDesk();
    desk.lendTo(pod('relay'));
    desk.numbers(voice, games, [...PORTS, tcp('rcon')]);
    expect(desk.lend(pod('rival')).ok).toBe(false);
    expect(borrowersOf(desk.domain, voice).map(({ holder: { name } }) => name)).toEqual(Array(5).fill('relay'));
  });

  test.each([
    ['the next try of its create', 'relay', ['relay-token']],
    ['another, when it is gone', 'rival', ['relay-token']],
  ])('passes all of it on to %s', (_, name, gone) => {
    const desk = new LendingDesk();
    desk.lend(pod('relay'));
    expect(desk.lend(pod(name, 'new-token'), { gone }).ok).toBe(true);
    const uids = new Set(borrowersOf(desk.domain, voice).map(({ holder: { uid } }) => uid));
    expect([...uids]).toEqual(['new-token']);
    expect(desk.lines()).toHaveLength(10);
  });

  test('is one of the namespace', () => {
    const desk = new LendingDesk();
    desk.numbers(pod('web', 'web-1', 'elsewhere'), games, [udp('other', { number: 20000 })]);
    expect(borrowersOf(desk.domain, voice)).toEqual([]);
  });

  test('is refused what nobody has yet', () => {
    const desk = new LendingDesk();
    for (const lender of [allocation('later'), allocation('voice', 'voice-2')]) {
      const refused = desk.lend(pod('relay'), { lender });
      expect(refused).toMatchObject({ ok: false, error: { reason: 'PoolNotReady' } });
    }
  });

  test('is refused while an edit has a port in two places', () => {
    const desk = new LendingDesk();
    desk.numbers(voice, games, [tcp('http', { number: 20010 }), ...PORTS.slice(1)]);
    const refused = desk.lend(pod('relay'));
    expect(!refused.ok && refused.error.message).toContain('an edit of it is being made');
  });
});

describe('an allocation that is lent', () => {
  test.each([
    ['drops', PORTS.slice(1)],
    ['moves', [tcp('http', { number: 20010 }), ...PORTS.slice(1)]],
    ['renames', [tcp('web'), ...PORTS.slice(1)]],
    ['widens', [tcpudp('http'), ...PORTS.slice(1)]],
    ['narrows', [PORTS[0] ?? tcp('http'), udp('game'), udp('rtp', { count: 3 })]],
    ['shortens', [...PORTS.slice(0, 2), udp('rtp', { count: 2 })]],
    ['lengthens', [...PORTS.slice(0, 2), udp('rtp', { count: 4 })]],
  ])('refuses an edit that %s a port, seen or not, and changes nothing', (_, ports) => {
    for (const isSeen of [false, true]) {
      const desk = new LendingDesk();
      if (isSeen) desk.lendTo(pod('relay'));
      else desk.lend(pod('relay'));
      const before = desk.lines();
      const refusal = desk.refusal(voice, games, ports);
      expect(refusal.reason).toBe('PortHeld');
      expect(refusal.message).toContain('is used by pod "relay"');
      expect(desk.lines()).toEqual(before);
    }
  });

  test('is given a port more, and asked again it writes nothing', () => {
    const desk = new LendingDesk();
    desk.lendTo(pod('relay'));
    expect(desk.numbers(voice, games, [tcp('rcon'), ...PORTS])).toMatchObject({ http: 20000, game: 20001, rtp: 20002 });
    const cells = desk.cells();
    desk.numbers(voice, games, [tcp('rcon'), ...PORTS]);
    expect(desk.cells()).toEqual(cells);
  });

  test('is edited when the pod is gone', () => {
    const desk = new LendingDesk();
    const relay = desk.lendTo(pod('relay'));
    desk.release(relay, 30);
    expect(desk.numbers(voice, games, [tcp('http', { number: 20010 })])).toEqual({ http: 20010 });
  });

  test('passes on to a later one of its name, which lends it on', () => {
    const desk = new LendingDesk();
    desk.lendTo(pod('relay'));
    const later = allocation('voice', 'voice-2');
    expect(desk.numbers(later, games, PORTS, { gone: new Set(['voice-1']) })).toMatchObject({
      http: 20000,
      rtp: 20002,
    });
    expect(desk.lend(pod('rival'), { lender: later })).toMatchObject({ ok: false, error: { reason: 'PortHeld' } });
  });

  test('keeps everybody else away, whoever of the two is left', () => {
    for (const leaver of ['lender', 'borrower']) {
      const desk = new LendingDesk();
      const relay = desk.lendTo(pod('relay'));
      desk.release(leaver === 'lender' ? voice : relay, 30);
      const held = desk.refusal(allocation('rival'), games, [tcp('http', { number: 20000 })]);
      expect(held.message).toContain(leaver === 'lender' ? 'held by Pod arena/relay' : 'hostport.io arena/voice');
      expect(desk.refusal(pod('other'), games, [tcp('http', { number: 20000 })]).reason).toBe('PortHeld');
    }
  });

  test('is named to whoever wants its number, not the pod', () => {
    const desk = new LendingDesk();
    desk.lendTo(pod('relay'));
    desk.numbers(voice, games, [...PORTS, tcp('rcon')]);
    const held = desk.refusal(allocation('rival'), games, [tcp('http', { number: 20000 })]);
    expect(held.message).toContain('is held by PortAllocation.hostport.io arena/voice');
  });

  test('is lent to nobody who only asks for its numbers', () => {
    const desk = new LendingDesk();
    expect(desk.refusal(pod('other'), games, [tcp('http', { number: 20000, anywhere: true })]).reason).toBe('PortHeld');
    const web = pod('web', 'web-1');
    desk.numbers(web, games, [tcp('http', { number: 20010 })]);
    expect(desk.refusal(allocation('late'), games, [tcp('http', { number: 20010 })]).reason).toBe('PortHeld');
  });
});

test.each([
  ['the allocation', 'the pod'],
  ['the pod', 'the allocation'],
])('%s just goes, and %s after it cools', (first) => {
  const desk = new LendingDesk();
  const relay = desk.lendTo(pod('relay'));
  const [one, other] = first === 'the pod' ? [relay, voice] : [voice, relay];
  desk.release(one, 30);
  expect([...desk.domain.claims()].map((claim) => [claim.holder.uid, claim.state])).toEqual(
    Array(5).fill([other.uid, 'held']),
  );
  desk.release(other, 30);
  expect([...desk.domain.claims()].map((claim) => [claim.holder.uid, claim.state])).toEqual(
    Array(5).fill([other.uid, 'cooling']),
  );
});

test('who took a number without asking borrows nothing', () => {
  const desk = new LendingDesk();
  desk.domain.observe(20000, [seen(20000, { holder: pod('stranger') })]);
  expect(borrowersOf(desk.domain, voice)).toEqual([]);
  expect(desk.numbers(voice, games, [tcp('http', { number: 20010 })])).toEqual({ http: 20010 });
});
