import { findHint, type Hint } from './hints.ts';

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const duration = /^(\d{1,5})\s?(?:([smh])|(s)ec(?:ond)?s?|(m)in(?:ute)?s?|(h)(?:ou)?rs?)$/i;

/** What a whole number is written as besides, and the number. */
function readNumber(name: string, text: string): number | undefined {
  const [, count, ...units] = duration.exec(text) ?? [];
  const unit = units.join('').toLowerCase();
  if (count !== undefined && name.endsWith('Seconds')) return Number(count) * (seconds[unit] ?? Number.NaN);
  if (/^\d{1,3}(?:[,._' ]\d{3})+$/.test(text)) return Number(text.replaceAll(/\D/g, ''));
  return /^\+?\d{1,6}(?:\.0+)?(?:e\d)?$/i.test(text) ? Number(text) : undefined;
}

/** Returns what a refused number was probably meant to be, where it is within the limits. */
export function findNumberHint(name: string, text: string, min: number, max: number): Hint | undefined {
  const value = readNumber(name, text) ?? Number.NaN;
  if (/^\d+$/.test(text) || !Number.isInteger(value) || value < min || value > max) return findHint(text);
  return { found: 'which is not written in digits alone', remedy: `Write ${value}.` };
}

const yes = /^\$?(?:true|yes|on|y|t|1|enabled?)$/i;
const no = /^\$?(?:false|no|off|n|f|0|disabled?)$/i;

/** Returns what a refused boolean was probably meant to be. */
export function findBooleanHint(name: string, text: string): Hint | undefined {
  const meant = yes.test(text) ? 'true' : no.test(text) ? 'false' : undefined;
  if (meant === undefined) return findHint(text);
  return { found: `which is not read as ${meant}`, remedy: `Write ${name}: ${meant}.` };
}

/** Returns which characters of a name are not allowed, by a pattern of one that is, or that the name is too long. */
export function findUnfit(text: string, allowed: RegExp, max: number): Hint | undefined {
  const unfit = [...new Set(Array.from(text).filter(one => !allowed.test(one)))];
  const shown = unfit.slice(0, 3).map(one => (/\s/.test(one) ? 'white space' : `"${one}"`));
  if (unfit.length > 0) return { found: `which contains ${[...new Set(shown)].join(' and ')}`, remedy: 'Remove it.' };
  return text.length > max ? { found: `which has ${text.length} characters`, remedy: 'Shorten it.' } : undefined;
}
