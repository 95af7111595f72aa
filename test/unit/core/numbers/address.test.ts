import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseAddress } from '../../../../src/core/index.ts';

describe('an address has one canonical text', () => {
  test.each([
    ['every address', '', ''],
    ['the IPv4 wildcard', '0.0.0.0', '0.0.0.0'],
    ['an IPv4 address', '10.0.255.1', '10.0.255.1'],
    ['the IPv6 wildcard', '::', '::'],
    ['the IPv6 wildcard at length', '0:0:0:0:0:0:0:0', '::'],
    ['the IPv6 loopback', '0000:0000::0001', '::1'],
    ['capital letters', 'FD00::ABCD', 'fd00::abcd'],
    ['leading zeros', '2001:0db8::0008:0800', '2001:db8::8:800'],
    ['the longest run of zeros', '2001:db8:0:0:1:0:0:0', '2001:db8:0:0:1::'],
    ['the first of two equal runs', '2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['a single zero, which stays', '2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['"::" for a single group', '1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['a run at the end', '1:2:0:0:0:0:0:0', '1:2::'],
    ['a mapped address in dotted form', '::ffff:10.0.0.5', '10.0.0.5'],
    ['a mapped address in groups', '::FFFF:0a00:0005', '10.0.0.5'],
    ['a mapped address at length', '0:0:0:0:0:ffff:192.168.0.1', '192.168.0.1'],
    ['the mapped wildcard', '::ffff:0.0.0.0', '0.0.0.0'],
    ['an embedded address that is not mapped', '64:ff9b::10.0.0.5', '64:ff9b::a00:5'],
    ['the old compatible form, which is not mapped', '::10.0.0.5', '::a00:5'],
  ])('%s', (_, text, canonical) => {
    expect(parseAddress(text)).toBe(canonical);
  });

  test('whatever way it is written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const canonical = parseAddress(text);
        expect(canonical).toBeDefined();
        expect(parseAddress(canonical ?? '-')).toBe(canonical);
        expect(parseAddress(text.toUpperCase())).toBe(canonical);
      }),
    );
  });

  test('that the platform agrees with for IPv6', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(groups, (values) => {
        const text = values.map((value) => value.toString(16)).join(':');
        const canonical = parseAddress(text) ?? '-';
        const url = new URL(`http://[${canonical.includes(':') ? canonical : `::ffff:${canonical}`}]/`);
        expect(new URL(`http://[${text}]/`).hostname).toBe(url.hostname);
        if (canonical.includes(':')) expect(url.hostname).toBe(`[${canonical}]`);
      }),
    );
  });
});

describe('no address is', () => {
  test.each([
    'localhost',
    ' ',
    '10.0.0',
    '10.0.0.0.1',
    '10.0.0.256',
    '010.0.0.1',
    '10.0.0.1.',
    '.10.0.0.1',
    '10.0.0.1 ',
    '10.0.0.1/24',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1::2::3',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    '12345::',
    'g::',
    'fe80::1%eth0',
    '[::1]',
    '::ffff:10.0.0.256',
    '::ffff:10.0.0.05',
    '1.2.3.4::',
    '1:2:3:4:5:6:7:1.2.3.4',
  ])('"%s"', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});
