import type { Session } from './credentials.ts';
import { endByHost } from './life.ts';

/** A difference that nobody has to know of: signatures are dated by AWS's clock from here on, too. */
const noticeMs = 60_000;

/** AWS refuses signatures that are further off. */
const warningMs = 5 * 60_000;

/**
 * Returns when a session ends, for people: by AWS's clock and in how many minutes, and by the host's clock where that
 * shows another time.
 */
export function describeEnd({ credentials: { expiration }, life }: Session): string {
  const end = endByHost(life);
  const inMinutes = `in ${describeSpan(life.lastsMs, 'minute')}`;
  const differs = Math.abs(end.getTime() - expiration.getTime()) > noticeMs;
  const byHost = differs ? `; by this machine's clock ${formatTime(end)}` : '';
  return `${formatTime(expiration)} (${inMinutes}${byHost})`;
}

/**
 * Returns the warning of a host's clock that differs from AWS's by more than five minutes: which is ahead, by how much,
 * and what that can break; nothing if it does not, or if no answer had a Date.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
 */
export function warnOfSkew([first]: readonly Session[]): readonly string[] {
  const aheadMs = first?.hostAheadMs;
  if (first === undefined || aheadMs === undefined || Math.abs(aheadMs) <= warningMs) return [];
  const { hostMs } = first.life.opened;
  const times = `${formatTime(new Date(hostMs))} here, ${formatTime(new Date(hostMs - aheadMs))} at AWS`;
  const by = `${describeSpan(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
  return [
    `This machine's clock is ${by} AWS's (${times}). These credentials and their refresh do not depend on it, but later steps may: AWS rejects requests whose signature time is more than 5 minutes off (SignatureDoesNotMatch, RequestTimeTooSkewed, RequestExpired) unless the tool corrects for it, and certificates and tokens of other services may look expired or not yet valid. Set the clock, for example with NTP.`,
  ];
}

/** Returns an instant as RFC 3339 in UTC, to the second, as AWS writes it. */
export function formatTime(time: Date): string {
  return time.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

const unitsMs = { day: 86_400_000, hour: 3_600_000, minute: 60_000 } as const;

/** In the largest unit asked for and the ones below it, zeros left out. */
function describeSpan(spanMs: number, largest: keyof typeof unitsMs = 'day'): string {
  let restMs = Math.round(spanMs / unitsMs.minute) * unitsMs.minute;
  const parts: string[] = [];
  for (const [unit, ms] of Object.entries(unitsMs)) {
    if (ms > unitsMs[largest]) continue;
    const count = Math.floor(restMs / ms);
    restMs -= count * ms;
    if (count > 0 || (ms === unitsMs.minute && parts.length === 0))
      parts.push(`${count} ${unit}${count === 1 ? '' : 's'}`);
  }
  return parts.join(' ');
}
