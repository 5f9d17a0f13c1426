import { isRegion } from '../../../../src/session/region.ts';
import { describeStray } from '../../../../src/stray-characters.ts';
import { findHint, findWrapping, type Hint } from './hints.ts';

const zone = /^([a-z]{2,4}(?:-[a-z]{2,12}){1,2}-[1-9][0-9]?)([a-z]|-[a-z0-9-]{3,30})$/;
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

/** Words of Regions' codes, joined as in the names of constants: EUWest1, us_east_1. */
const joined =
  /^(us|eu|ap|sa|ca|me|af|il|mx|cn|eusc)(gov|de|)(north|south|east|west|central|(?:north|south)(?:east|west))0?([1-9])$/;

function findSpelling(text: string): Hint | undefined {
  const lower = text.toLowerCase();
  if (isRegion(lower)) return { found: 'in upper case', remedy: `Write ${lower}.` };
  const [, area = '', part = '', direction = '', number = ''] = joined.exec(lower.replaceAll(/[-_ ]/g, '')) ?? [];
  if (area === '') return undefined;
  const code = [area, part, direction, number].filter(word => word !== '').join('-');
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

/**
 * What the names of Regions contain that no other name does.
 *
 * @see https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */
const names: Readonly<Record<string, string>> = {
  'n. virginia': 'us-east-1',
  ohio: 'us-east-2',
  'n. california': 'us-west-1',
  oregon: 'us-west-2',
  'us-east)': 'us-gov-east-1',
  'us-west)': 'us-gov-west-1',
  'cape town': 'af-south-1',
  'hong kong': 'ap-east-1',
  taipei: 'ap-east-2',
  mumbai: 'ap-south-1',
  hyderabad: 'ap-south-2',
  singapore: 'ap-southeast-1',
  sydney: 'ap-southeast-2',
  jakarta: 'ap-southeast-3',
  melbourne: 'ap-southeast-4',
  malaysia: 'ap-southeast-5',
  'new zealand': 'ap-southeast-6',
  thailand: 'ap-southeast-7',
  tokyo: 'ap-northeast-1',
  seoul: 'ap-northeast-2',
  osaka: 'ap-northeast-3',
  'canada (central)': 'ca-central-1',
  calgary: 'ca-west-1',
  frankfurt: 'eu-central-1',
  zurich: 'eu-central-2',
  ireland: 'eu-west-1',
  london: 'eu-west-2',
  paris: 'eu-west-3',
  milan: 'eu-south-1',
  spain: 'eu-south-2',
  stockholm: 'eu-north-1',
  'tel aviv': 'il-central-1',
  'mexico (central)': 'mx-central-1',
  bahrain: 'me-south-1',
  uae: 'me-central-1',
  'sao paulo': 'sa-east-1',
  beijing: 'cn-north-1',
  ningxia: 'cn-northwest-1',
  brandenburg: 'eusc-de-east-1',
};

const azureRegion =
  /^(?:(?:west|east|north|south|central|southeast) ?(?:central|east|west)? ?(?:europe|us|asia|india) ?\d?|(?:uk|france|germany|sweden|norway|switzerland|poland|italy|japan|korea|australia|canada|brazil|uae) ?(?:north|south|east|west|central|southeast|west central)) ?\d?$/i;

function findSpecial(text: string): Hint | undefined {
  const lower = text.toLowerCase();
  if (azureRegion.test(text))
    return { found: 'a region of Azure', remedy: 'Write the AWS Region, such as eu-west-1 for Europe (Ireland).' };
  const [, code] = Object.entries(names).find(([name]) => lower.includes(name)) ?? [];
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
