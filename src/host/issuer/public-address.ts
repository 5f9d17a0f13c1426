import { lookup as lookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { IssuerError } from '../../thumbprint/issuer-error.ts';
import { coversRange, isPublicAddress } from '../../trust/network/address-range.ts';

/** Which addresses may be connected to. Loopback is for tests alone. */
export interface AddressRules {
  readonly allowLoopback: boolean;
  /** Looks a name up; DNS by default. */
  readonly lookup?: typeof lookupAddress;
}

/** Azure's own metadata and DNS, though the address looks public. */
const azureHost = '168.63.129.16';

/** IPv4 addresses in IPv6's clothes: mapped, and as NAT64 writes them. */
const embedding = ['::ffff:0:0/96', '64:ff9b::/96'];

/** Returns whether an address is anybody's to reach: none that is private, loopback, link-local, metadata or reserved. */
export function isReachable(address: string): boolean {
  const inner = embedding.some(range => coversRange(range, address) === true) ? readEmbedded(address) : address;
  return inner !== azureHost && isPublicAddress(inner);
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
  return isReachable(address) || (allowLoopback && isLoopback(address));
}

function isLoopback(address: string): boolean {
  return ['127.0.0.0/8', '::1/128'].some(range => coversRange(range, address) === true);
}

function readEmbedded(address: string): string {
  return ipaddr.IPv6.parse(address).toByteArray().slice(12).join('.');
}

function refused(host: string, address: string): IssuerError {
  return new IssuerError({
    code: 'AddressRefused',
    found: `${host} is at ${address}. Nothing was sent there.`,
    expected: 'an issuer and keys on public addresses, where IAM can reach them too.',
    remedy: 'Check the provider and its discovery document, and the DNS response on this machine.',
  });
}
