import { describe, expect, test } from '@jest/globals';
import { undo } from '../../../src/ledger/undo.ts';
import { TCP, UDP } from '../../../src/core/index.ts';
import { podHolder } from '../../../src/allocation/index.ts';
import { allocation, claim } from '../core/make.ts';

const mine = claim(20_000, { holder: allocation('mine'), protocols: TCP });
const earlier = claim(20_000, { holder: allocation('earlier'), protocols: TCP });
const neighbour = claim(20_000, { holder: allocation('neighbour'), protocols: UDP });
const rival = claim(20_000, { holder: allocation('rival'), protocols: TCP });
const pod = claim(20_000, { holder: podHolder({ namespace: 'arena', name: 'borrower', uid: 'pod-1' }) });
const retry = claim(20_000, { holder: podHolder({ namespace: 'arena', name: 'borrower', uid: 'pod-2' }) });

describe('what a change did to a number is taken back', () => {
  test.each([
    ['what it added goes', [mine], { before: [], after: [mine] }, []],
    ['also beside a neighbour who came since', [mine, neighbour], { before: [], after: [mine] }, [neighbour]],
    ['what it took away comes back', [], { before: [earlier], after: [] }, [earlier]],
    ['what it replaced comes back', [mine, neighbour], { before: [earlier], after: [mine] }, [neighbour, earlier]],
    ['not where a rival has the number by now', [rival], { before: [earlier], after: [mine] }, [rival]],
    ['what it left alone stays', [neighbour, mine], { before: [neighbour], after: [neighbour, mine] }, [neighbour]],
    ['a lender comes back beside who borrows', [pod], { before: [mine, pod], after: [pod] }, [pod, mine]],
    ['a borrower beside its lender', [mine, retry], { before: [mine, pod], after: [mine, retry] }, [mine, pod]],
    ['not beside one who borrows by now', [mine, retry], { before: [mine, pod], after: [mine] }, [mine, retry]],
    ['what is gone anyway stays gone', [], { before: [], after: [mine] }, []],
  ])('%s', (_, there, change, expected) => {
    // Read again from the API server: the same claims, other values.
    expect(undo(structuredClone(there), change)).toEqual(expected);
  });
});
