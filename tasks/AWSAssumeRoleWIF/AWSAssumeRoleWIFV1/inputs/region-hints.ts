import { isRegion } from '../../../../src/session/region.ts';
import { regionNames } from '../../../../src/session/region-names.ts';
import { describeStray } from '../../../../src/stray-characters.ts';
import { findHint, findWrapping, type Hint } from './hints.ts';

const zone = /^(.{5,20}?-\d\d?)([a-z]|-[a-z0-9-]{3,30})$/;
const zoneId = /^[a-z]{3,5}[0-9]-(?:[a-z]{2,4}[0-9]-)?[a-z]{2}[0-9]$/;

/** Returns what a text that is no Region's code looks like: a zone of one, its code in other letters, its name. */
export function findRegionHint(text: string): Hint | undefined {
  const stray = describeStray(text, 'ascii');
  if (stray !== undefined) return { found: `which contains ${stray}`, remedy: 'Type the Region again without it.' };
  return (
    findWrapping(text) ??
    findSpelling(text) ??
    findZone(text) ??
    findSpecial(text) ??
    findHint(text) ??
    findInText(text)
  );
}

/** Codes as in the names of constants, too: EUWest1, us_east_1. */
function findSpelling(text: string): Hint | undefined {
  const lower = text.toLowerCase();
  if (isRegion(lower)) return { found: 'in upper case', remedy: `Write ${lower}.` };
  const joined = lower.replaceAll(/[-_ ]|0(?=\d$)/g, '');
  const code = Object.values(regionNames).find(one => one.replaceAll('-', '') === joined);
  if (code === undefined) return undefined;
  const hasHyphens = lower.replaceAll(/[_ ]/g, '-') === code;
  return {
    found: hasHyphens ? 'with other characters instead of hyphens' : 'in another spelling',
    remedy: `Write ${code}.`,
  };
}

function findZone(text: string): Hint | undefined {
  const code = text.toLowerCase().replaceAll('_', '-');
  const [fips] = /(?<=^fips-).+|^.+(?=-fips$)/.exec(code) ?? [];
  if (fips !== undefined && isRegion(fips)) {
    const endpoint = `https://sts-fips.${fips}.amazonaws.com`;
    return {
      found: 'which names a FIPS endpoint, not a Region',
      remedy: `Write ${fips}, and for FIPS stsEndpoint: ${endpoint}.`,
    };
  }
  const [, region = '', suffix = ''] = zone.exec(code) ?? [];
  if (isRegion(region)) return { found: nameZone(suffix), remedy: `Write its Region, ${region}.` };
  if (!zoneId.test(code)) return undefined;
  return { found: 'the ID of an Availability Zone', remedy: "Write the code of the zone's Region, such as eu-west-1." };
}

function nameZone(suffix: string): string {
  return suffix.length === 1 ? 'an Availability Zone' : 'a Local Zone or Wavelength Zone';
}

const azureRegion =
  /^(?:(?:west|east|north|south|central|southeast) ?(?:central|east|west)? ?(?:europe|us|asia|india) ?\d?|(?:uk|france|germany|sweden|norway|switzerland|poland|italy|japan|korea|australia|canada|brazil|uae) ?(?:north|south|east|west|central|southeast|west central)) ?\d?$/i;

function findSpecial(text: string): Hint | undefined {
  const lower = text.toLowerCase();
  if (azureRegion.test(text))
    return { found: 'a region of Azure', remedy: 'Write the AWS Region, such as eu-west-1 for Europe (Ireland).' };
  const [, code] = Object.entries(regionNames).find(([name]) => lower.includes(name)) ?? [];
  if (code !== undefined) return { found: 'the name of a Region, not its code', remedy: `Write ${code}.` };
  if (/^(?:aws-)?global$/.test(lower))
    return { found: 'not a Region', remedy: 'Write the Region that later steps work in, such as us-east-1.' };
  if (!/^[a-z]{2}-iso/.test(lower)) return undefined;
  return {
    found: 'in a partition whose STS cannot reach the token issuers',
    remedy: 'Use a Region of aws, aws-cn, aws-us-gov or aws-eusc.',
  };
}

/** Codes that stand in a longer text: a host name, a comment, several of them. */
function findInText(text: string): Hint | undefined {
  const codes = text.split(/[^a-z0-9-]+/).filter(isRegion);
  const [code] = codes;
  if (code === undefined) return undefined;
  if (codes.length > 1) return { found: 'more than one Region', remedy: 'Write one Region.' };
  return { found: 'with other text around the Region', remedy: `Write ${code}.` };
}
