import type { LoggingCommand } from './types.ts';

const prefix = '##vso[';

const escapes: readonly (readonly [string, string])[] = [
  [';', '%3B'],
  ['\r', '%0D'],
  ['\n', '%0A'],
  [']', '%5D'],
];

/** Agent: Agent.Sdk/CommandStringConvertor.cs, with DECODE_PERCENTS at its default. */
export function unescapeCommand(text: string): string {
  return escapes.reduce((result, [token, code]) => result.replaceAll(code, token), text).replaceAll('%AZP25', '%');
}

export function escapeCommand(text: string): string {
  return escapes.reduce((result, [token, code]) => result.replaceAll(token, code), text.replaceAll('%', '%AZP25'));
}

/**
 * Parses the first `##vso[area.event name=value;...]data`, wherever in the line it stands.
 * Agent: Microsoft.VisualStudio.Services.Agent/Command.cs, TryParse.
 */
export function parseCommand(line: string): LoggingCommand | undefined {
  const start = line.indexOf(prefix);
  const end = start < 0 ? -1 : line.indexOf(']', start);
  if (end < 0) return undefined;
  const info = line.slice(start + prefix.length, end);
  const space = info.indexOf(' ');
  const [area, event, ...more] = (space < 0 ? info : info.slice(0, space)).split('.').filter(part => part !== '');
  if (area === undefined || event === undefined || more.length > 0) return undefined;
  const properties = space < 0 ? {} : parseProperties(info.slice(space + 1));
  return { area, event, properties, data: unescapeCommand(line.slice(end + 1)) };
}

/** Names are not trimmed, so `; issecret=true` sets nothing; an empty value drops its property. */
function parseProperties(text: string): Readonly<Record<string, string>> {
  const properties = new Map<string, string>();
  for (const pair of text.split(';')) {
    const [, name, value] = /^=*([^=]+)=+([^=].*)$/s.exec(pair) ?? [];
    if (name !== undefined && value !== undefined) properties.set(name.toLowerCase(), unescapeCommand(value));
  }
  return Object.fromEntries(properties);
}
