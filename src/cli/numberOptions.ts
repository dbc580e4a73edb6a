import { InvalidArgumentError } from 'commander';

export function whole(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('expected a whole number.');
  return Number(text);
}

/** For what makes no sense as none: how many, how long. */
export function atLeastOne(text: string): number {
  const value = whole(text);
  if (value < 1) throw new InvalidArgumentError('expected a whole number from 1.');
  return value;
}

export function amount(text: string): number {
  if (!/^\d{1,12}(\.\d{1,6})?$/.test(text)) throw new InvalidArgumentError('expected an amount such as 2.50.');
  return Number(text);
}

/** `2 %`, `2%` or `0.02`. */
export function share(text: string): number {
  const [, digits = '', sign] = /^(\d{1,3}(?:\.\d{1,6})?) ?(%)?$/.exec(text) ?? [];
  const value = sign === undefined ? Number(digits) : Number(digits) / 100;
  if (digits === '' || value > 1) throw new InvalidArgumentError('expected a share such as 2 % or 0.02.');
  return value;
}
