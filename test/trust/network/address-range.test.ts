import assert from 'node:assert/strict';
import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { coversRange, parseAddressRange } from '../../../src/trust/network/address-range.ts';

const ranges: readonly (readonly [text: string, canonical: string, reach: string, isMasked?: true])[] = [
  ['52.1.2.3', '52.1.2.3/32', 'public'],
  ['52.1.2.3/32', '52.1.2.3/32', 'public'],
  ['52.1.2.3/16', '52.1.0.0/16', 'public', true],
  ['2600:1F00:0::/24', '2600:1f00::/24', 'public'],
  ['2600:1f00::5', '2600:1f00::5/128', 'public'],
  ['2600:1f00::5/64', '2600:1f00::/64', 'public', true],
  // A part of these is anybody's.
  ['172.0.0.0/8', '172.0.0.0/8', 'public'],
  ['8.0.0.0/5', '8.0.0.0/5', 'public'],
  ['10.0.0.0/8', '10.0.0.0/8', 'private'],
  ['172.31.255.255', '172.31.255.255/32', 'private'],
  ['192.168.0.0/24', '192.168.0.0/24', 'private'],
  ['100.127.0.0/16', '100.127.0.0/16', 'private'],
  ['127.0.0.1', '127.0.0.1/32', 'private'],
  ['169.254.169.254', '169.254.169.254/32', 'private'],
  ['fd00:ec2::254', 'fd00:ec2::254/128', 'private'],
  ['fe80::/64', 'fe80::/64', 'private'],
  ['203.0.113.0/24', '203.0.113.0/24', 'documentation'],
  ['198.51.100.7', '198.51.100.7/32', 'documentation'],
  ['2001:db8::/32', '2001:db8::/32', 'documentation'],
  ['224.0.0.0/4', '224.0.0.0/4', 'reserved'],
  ['0.0.0.0/0', '0.0.0.0/0', 'reserved'],
  ['::/0', '::/0', 'reserved'],
  ['::ffff:10.0.0.1', '::ffff:a00:1/128', 'reserved'],
  ['64:ff9b::1', '64:ff9b::1/128', 'reserved'],
  ['4000::/8', '4000::/8', 'reserved'],
];

const none = [
  ...['', ' ', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '0x1.2.3.4', '1.2.3.4/', '1.2.3.4/33', '1.2.3.4/-1'],
  ...[
    '1.2.3.4/08',
    '1.2.3.4/255.255.255.0',
    ' 1.2.3.4',
    '1.2.3.4\n',
    '1.2.3.4-1.2.3.9',
    '1.2.3.*',
    '16909060',
    ':',
    '::1/129',
  ],
  ...['fe80::1%eth0', '[::1]', ':::', '1::2::3', 'example.com', '*', '${aws:SourceIp}'],
];

const covers: readonly (readonly [range: string, asked: string, covered: boolean | 'unknown'])[] = [
  ['52.1.0.0/16', '52.1.255.255', true],
  ['52.1.0.0/16', '52.2.0.0', false],
  ['52.1.0.0/16', '52.1.2.0/24', true],
  ['52.1.2.0/24', '52.1.0.0/16', 'unknown'],
  ['52.1.2.3', '52.1.2.3', true],
  ['52.1.2.3', '52.1.2.4', false],
  // IAM looks at the fixed bits alone.
  ['52.1.2.3/16', '52.1.9.9', true],
  ['0.0.0.0/0', '52.1.2.3', true],
  ['0.0.0.0/0', '2600::1', false],
  ['::/0', '52.1.2.3', false],
  ['2600:1f00::/24', '2600:1F00:0:0::9', true],
  ['2600:1f00::/24', '2601::', false],
  ['52.1.*', '52.1.2.3', 'unknown'],
  ['52.1.0.0/16', 'localhost', 'unknown'],
];

describe('trust/network/address-range', () => {
  for (const [text, canonical, reach, isMasked = false] of ranges) {
    it(`reads ${text} as ${canonical}, ${reach}`, () => {
      const read = parseAddressRange(text);
      assert.deepEqual([read?.text, read?.reach, read?.isMasked], [canonical, reach, isMasked]);
    });
  }

  for (const text of none) {
    it(`takes ${JSON.stringify(text)} for no range`, () => {
      assert.equal(parseAddressRange(text), undefined);
    });
  }

  for (const [range, asked, covered] of covers) {
    it(`${range} covers ${asked}: ${String(covered)}`, () => {
      assert.equal(coversRange(range, asked), covered);
    });
  }

  it('covers what the networks of Node cover', () => {
    const addresses = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom('10.0.0.1', '10.0.1.1', '10.1.0.1', '2600::1', '2600:1::1'),
    );
    fc.assert(
      fc.property(addresses, addresses, fc.nat(32), (base, asked, length) => {
        if (isIP(base) !== isIP(asked)) return coversRange(`${base}/${length}`, asked) === false;
        const family = isIP(base) === 4 ? 'ipv4' : 'ipv6';
        const list = new BlockList();
        list.addSubnet(base, length, family);
        return coversRange(`${base}/${length}`, asked) === list.check(asked, family);
      }),
    );
  });
});
