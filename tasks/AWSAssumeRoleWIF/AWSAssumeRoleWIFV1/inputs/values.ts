import { faulty, type Checked } from './faults.ts';

/** Returns true or false; any other text is a fault, never a silent false. */
export function checkBoolean(name: string, text: string): Checked<boolean> {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  return faulty(`Input ${name} is "${text}".`, 'true or false.', `Write ${name}: true or ${name}: false.`);
}

/** Returns a whole number within limits; it is never clamped. */
export function checkWholeNumber(name: string, text: string, least: number, most: number): Checked<number> {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const range = `a whole number from ${least} to ${most}`;
  return faulty(`Input ${name} is "${text}".`, `${range}.`, `Give ${name} ${range}.`);
}

const reserved = /^(?:INPUT|SECRET|ENDPOINT|SECUREFILE|SYSTEM|AGENT|BUILD|RELEASE|VSTS|TF|AWS)/;

/** Returns the prefix of variable names; those that Azure Pipelines or AWS tools use themselves are refused. */
export function checkPrefix(text: string): Checked<string> {
  if (text === '' || (/^[A-Z][A-Z0-9_]{0,30}_$/.test(text) && !reserved.test(text))) return text;
  return faulty(
    `Input variablePrefix is "${text}".`,
    'capital letters, digits and _, at most 32 characters, a letter first and _ last, and no name that Azure Pipelines or AWS use (INPUT, SECRET, ENDPOINT, SECUREFILE, SYSTEM, AGENT, BUILD, RELEASE, VSTS, TF, AWS).',
    'Choose another prefix, such as NETWORK_.',
  );
}
