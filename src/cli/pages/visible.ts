import { escapeUnit } from '../../outside-text.ts';

/** Controls, marks that turn the direction, what shows nothing at all, and halves of a character. */
const invisible = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/gu;

/** Returns a text with every character that a reader could not see as an escape, `\u202e`. */
export function showInvisible(text: string): string {
  return text.replace(invisible, character =>
    Array.from({ length: character.length }, (_, index) => escapeUnit(character.charAt(index))).join(''),
  );
}
