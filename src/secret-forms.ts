/**
 * Returns the forms in which tools write a value in JSON and in URLs, as far as they differ from the value and from each
 * other: JSON with \/ (PHP) or with \u002B for + (.NET), percent-encoding with capital and with small letters, with / kept
 * (Python) and without. A log masker that looks for the value alone does not find them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-2.1
 */
export function listEscapes(value: string): readonly string[] {
  const percent = encodeURIComponent(value).replace(/[!'()*]/g, character => encodeByte(character.charCodeAt(0)));
  const forms = [percent, percent.replaceAll('%2F', '/')].flatMap(text => [text, lowerEscapes(text)]);
  const json = JSON.stringify(value).slice(1, -1);
  forms.push(json, json.replaceAll('/', '\\/'), json.replaceAll('+', '\\u002B'));
  return [...new Set(forms)].filter(form => form !== value);
}

/** Returns the text that is in any Base64 that has the value in it, for each offset of its first byte. */
export function alignBase64(value: string): readonly string[] {
  return [0, 1, 2].map(offset => {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
    const text = bytes.toString('base64').replace(/(?<!=)=+$/, '');
    const first = Math.ceil((offset * 8) / 6);
    // The last character also depends on what follows, unless a group of three bytes ends there.
    const last = bytes.length % 3 === 0 ? text.length : text.length - 1;
    return text.slice(first, last);
  });
}

/** JSON Web Tokens, whole or cut, and Azure DevOps's personal access tokens, of 84 characters or of 52. */
const tokens = /\beyJ[\w-]{5,}(?:\.[\w-]*){1,4}|\b[A-Za-z\d]{75}AZDO[A-Za-z\d]{4,5}\b|\b[a-z2-7]{52}\b/g;

/**
 * Returns a text with `***` for what is a token by its look alone. It does not find a token that is escaped, or an AWS key,
 * which looks like other words.
 *
 * @see https://learn.microsoft.com/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate
 */
export function hideTokens(text: string): string {
  return text.replaceAll(tokens, '***');
}

function encodeByte(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

function lowerEscapes(text: string): string {
  return text.replace(/%[\dA-F]{2}/g, escape => escape.toLowerCase());
}
