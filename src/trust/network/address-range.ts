import ipaddr from 'ipaddr.js';
import type { Truth } from '../pattern.ts';

/** A range of IP addresses, or a single one. */
export interface AddressRange {
  /** In its one form: the first address, as RFC 5952 writes those of IPv6, and the length of the prefix. */
  readonly text: string;
  readonly isIPv6: boolean;
  readonly prefixLength: number;
  /** Whether the text was written with an address inside the range in place of its first. */
  readonly isMasked: boolean;
  /** Who may have an address of the range: `public` if some of it may be anybody's. */
  readonly reach: Reach;
}

export type Reach = 'public' | 'private' | 'documentation' | 'reserved';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Cidr = [Address, number];

/**
 * Returns a range from `address/length`, or from an address alone, which is a range of one. Undefined for any other text:
 * octets with leading zeros, shortened forms of IPv4 and zones included.
 */
export function parseAddressRange(text: string): AddressRange | undefined {
  const cidr = readCidr(text);
  if (cidr === undefined) return undefined;
  const [address, prefixLength] = cidr;
  const first = firstOf(cidr);
  return {
    text: `${first.toString()}/${prefixLength}`,
    isIPv6: address.kind() === 'ipv6',
    prefixLength,
    isMasked: first.toString() !== address.toString(),
    reach: describeReach(first, prefixLength),
  };
}

/**
 * Returns whether all addresses of one range are in another, as IAM's IpAddress compares; unknown if only some are, or if
 * a text is no range.
 */
export function coversRange(range: string, asked: string): Truth {
  const [one, other] = [readCidr(range), readCidr(asked)];
  if (one === undefined || other === undefined) return 'unknown';
  if (isInRange(other[0], one) && other[1] >= one[1]) return true;
  return isInRange(firstOf(one), other) && one[1] > other[1] ? 'unknown' : false;
}

/** Returns whether an address is in use by anybody on the internet. False for a text that is not an address. */
export function isPublicAddress(text: string): boolean {
  return !text.includes('/') && parseAddressRange(text)?.reach === 'public';
}

function readCidr(text: string): Cidr | undefined {
  const [, host = '', length] = /^([0-9a-f.:]+)(?:\/(0|[1-9]\d{0,2}))?$/i.exec(text) ?? [];
  const address = readAddress(host);
  if (address === undefined) return undefined;
  const widest = address.kind() === 'ipv6' ? 128 : 32;
  const prefixLength = Number(length ?? widest);
  return prefixLength <= widest ? [address, prefixLength] : undefined;
}

function readAddress(text: string): Address | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : undefined;
}

function firstOf(range: Cidr): Address {
  return mapBytes(range, (byte, hostBits) => byte & ~hostBits);
}

function lastOf(range: Cidr): Address {
  return mapBytes(range, (byte, hostBits) => byte | hostBits);
}

/** Changes each byte of an address, by those of its bits that the prefix leaves open. */
function mapBytes([address, prefixLength]: Cidr, change: (byte: number, hostBits: number) => number): Address {
  const bytes = address.toByteArray().map((byte, index) => {
    const fixed = Math.min(8, Math.max(0, prefixLength - index * 8));
    return change(byte, 0xff >> fixed);
  });
  return ipaddr.fromByteArray(bytes);
}

function isInRange(address: Address, range: Cidr): boolean {
  return address.kind() === range[0].kind() && address.match(range);
}

const documentation = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'];

/** All that is handed out of IPv6. @see https://www.iana.org/assignments/ipv6-address-space */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** The names of ipaddr.js for what a network of one's own may have. */
const ownNetwork: readonly string[] = ['private', 'carrierGradeNat', 'loopback', 'linkLocal', 'uniqueLocal'];

/** What is set apart is so as a whole: a range whose ends are is part of it. */
function describeReach(first: Address, prefixLength: number): Reach {
  if (documentation.some(range => coversRange(range, `${first.toString()}/${prefixLength}`) === true))
    return 'documentation';
  if (!isSetApart(first) || !isSetApart(lastOf([first, prefixLength]))) return 'public';
  return ownNetwork.includes(first.range()) ? 'private' : 'reserved';
}

function isSetApart(address: Address): boolean {
  return address.range() !== 'unicast' || (address.kind() === 'ipv6' && !isInRange(address, globalUnicast));
}
