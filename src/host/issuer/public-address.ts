import { lookup as lookupAddress } from 'node:dns';
import { BlockList, isIP, isIPv4, type LookupFunction } from 'node:net';
import { IssuerError } from '../../thumbprint/issuer-error.ts';

/** Which addresses may be connected to. Loopback is for tests alone. */
export interface AddressRules {
  readonly allowLoopback: boolean;
  /** Looks a name up; DNS by default. */
  readonly lookup?: typeof lookupAddress;
}

/** @see https://www.iana.org/assignments/iana-ipv4-special-registry */
const reserved = listOf('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  // 169.254.169.254 and 169.254.170.2 hold credentials
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Azure's own metadata and DNS, though the address looks public
  '168.63.129.16/32',
]);

/** All that is public of IPv6, less what is set apart there. @see https://www.iana.org/assignments/iana-ipv6-special-registry */
const global = listOf('ipv6', ['2000::/3']);
const setApart = listOf('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20']);

/** IPv4 addresses in IPv6's clothes: mapped, and as NAT64 writes them. */
const embedding = listOf('ipv6', ['::ffff:0:0/96', '64:ff9b::/96']);

const loopback4 = listOf('ipv4', ['127.0.0.0/8']);
const loopback6 = listOf('ipv6', ['::1/128']);

/** Returns whether an address is anybody's to reach: none that is private, loopback, link-local, metadata or reserved. */
export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !reserved.check(address, 'ipv4');
  if (isIP(address) === 0 || address.includes('%')) return false;
  if (embedding.check(address, 'ipv6')) return isPublicAddress(readEmbedded(address));
  return global.check(address, 'ipv6') && !setApart.check(address, 'ipv6');
}

/**
 * Throws `AddressRefused` for a URL whose host is an address that may not be connected to. Names are checked by the lookup of
 * the connection itself, so that no second answer of DNS can differ from the checked one.
 */
export function checkLiteralHost(url: URL, rules: AddressRules): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !isAllowed(host, rules)) throw refused(host, host);
}

/** Returns a lookup for net.connect that fails where any address of a name may not be connected to. */
export function openLookup(rules: AddressRules): LookupFunction {
  const lookup = rules.lookup ?? lookupAddress;
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, []);
        return;
      }
      const [first] = addresses;
      const bad = addresses.find(({ address }) => !isAllowed(address, rules));
      if (first === undefined || bad !== undefined) callback(refused(host, bad?.address ?? 'no address'), []);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function isAllowed(address: string, { allowLoopback }: AddressRules): boolean {
  return isPublicAddress(address) || (allowLoopback && isLoopback(address));
}

function isLoopback(address: string): boolean {
  return isIPv4(address) ? loopback4.check(address, 'ipv4') : loopback6.check(address, 'ipv6');
}

/** URL writes every IPv6 address in its shortest form, the last 32 bits as two groups. */
function readEmbedded(address: string): string {
  const [, high = '0', low = '0'] =
    /(?<![0-9a-f])([0-9a-f]*):([0-9a-f]+)\]$/.exec(new URL(`http://[${address}]`).hostname) ?? [];
  const bits = parseInt(high === '' ? '0' : high, 16) * 65536 + parseInt(low, 16);
  return [24, 16, 8, 0].map(shift => Math.floor(bits / 2 ** shift) % 256).join('.');
}

function listOf(family: 'ipv4' | 'ipv6', networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', bits] = network.split('/');
    list.addSubnet(base, Number(bits), family);
  }
  return list;
}

function refused(host: string, address: string): IssuerError {
  return new IssuerError({
    code: 'AddressRefused',
    found: `${host} is at ${address}. Nothing was sent there.`,
    expected: 'an issuer and keys on public addresses, where IAM reaches them too.',
    remedy: 'Check the provider and its discovery document, and what DNS answers here.',
  });
}
