import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { AGENT_NAME, MANAGER_NAME } from '../../../src/api/index.ts';
import { root } from '../../support/hostport/program.ts';
import { describeRight, rightsAsked, unused } from '../../support/hostport/rights.ts';

const page = readFileSync(`${root}docs/rights.md`, 'utf8');
const [managers = '', agents = ''] = page.split('## The node agents');

/** The rights in the tables of a part of the page: `patch secrets hostport-webhook-ca`. */
function toldIn(part: string): readonly string[] {
  return [...part.matchAll(/^\| `([^`]+)`(?: `([^`]+)`)? +\| ([a-z, ]+?) +\| (.*?) +\|$/gm)].flatMap(
    ([, resource = '', name, verbs = '']) =>
      verbs.split(', ').map((verb) => [verb, resource, ...(name === undefined ? [] : [name])].join(' ')),
  );
}

describe('docs/rights.md', () => {
  test.each([
    [MANAGER_NAME, managers],
    [AGENT_NAME, agents],
  ])('says of %s exactly what it may do', (account, part) => {
    const asked = rightsAsked().filter((right) => right.account === account);
    expect(toldIn(part).toSorted()).toEqual(asked.map(describeRight).toSorted());
  });
});

describe('a right', () => {
  const ask = { verb: 'update', group: '', resource: 'secrets' };
  const right = { account: MANAGER_NAME, ...ask, names: ['hostport-webhook-ca'] };
  const used = { ...ask, user: `system:serviceaccount:hostport-system:${MANAGER_NAME}`, name: 'hostport-webhook-ca' };

  test('is used by a request of its account, on the object that it names', () => {
    expect(unused([right], [used])).toEqual([]);
  });

  test.each([
    { user: 'hostport-admin' },
    { user: `system:serviceaccount:hostport-system:${AGENT_NAME}` },
    { verb: 'patch' },
    { group: 'apps' },
    { resource: 'secrets/status' },
    { name: 'other' },
  ])('is not used by one with %j', (other) => {
    expect(unused([right], [{ ...used, ...other }])).toEqual([right]);
  });
});
