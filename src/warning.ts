/** Every warning of the task. The list is closed: documentation and tests go through it. */
export const warningCodes = [
  'BypassListIgnored',
  'CertificatesUnchecked',
  'ClockSkew',
  'DefaultProfileAmbiguous',
  'DefaultSplit',
  'EndpointNotAws',
  'InstanceRole',
  'IssuerRetiring',
  'NothingPublished',
  'ProfilesHidden',
  'ProfilesReplaced',
  'RegionOverridden',
  'RunUnconfirmed',
  'SubjectDiffers',
  'SummaryNotWritten',
  'TempFolderOpen',
  'ToolkitRole',
  'VariableIgnored',
] as const;

export type WarningCode = (typeof warningCodes)[number];

/** Shows a warning: a whole sentence or more, no secrets. */
export type Warn = (code: WarningCode, text: string) => void;

/** Codes that are to be log lines, and what of a list is no code. */
export interface KnownWarnings {
  readonly codes: ReadonlySet<WarningCode>;
  readonly unknown: readonly string[];
}

/** Returns the codes of a list that is separated by commas or white space, in any letter case. */
export function parseKnownWarnings(text: string): KnownWarnings {
  const words = text
    .slice(0, 2000)
    .split(/[\s,]+/)
    .filter(word => word !== '');
  const find = (word: string) => warningCodes.find(code => code.toLowerCase() === word.toLowerCase());
  return {
    codes: new Set(words.map(find).filter(code => code !== undefined)),
    unknown: words.filter(word => find(word) === undefined),
  };
}
