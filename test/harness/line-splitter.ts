import { StringDecoder } from 'node:string_decoder';

export interface LineSplitter {
  readonly push: (chunk: Buffer) => readonly string[];
  /** The last line if it has no end, if it is not empty. */
  readonly end: () => readonly string[];
}

/** Splits at LF, CR LF and also at a lone CR, as .NET's StreamReader.ReadLine does for the agent. */
export function createLineSplitter(): LineSplitter {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let afterReturn = false;
  return {
    push: chunk => {
      let text = decoder.write(chunk);
      if (text === '') return [];
      if (afterReturn && text.startsWith('\n')) text = text.slice(1);
      if (text !== '') afterReturn = text.endsWith('\r');
      else afterReturn = false;
      const lines = (rest + text).split(/\r\n|\r|\n/);
      rest = lines.pop() ?? '';
      return lines;
    },
    end: () => {
      const last = rest + decoder.end();
      rest = '';
      return last === '' ? [] : [last];
    },
  };
}
