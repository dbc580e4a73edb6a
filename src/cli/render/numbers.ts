/** Numbers as the screens show them: thousands by comma, shares as "2.3 %", times as "1.4 s". */
export const count = (value: number): string => value.toLocaleString('en-US');

/** Rounded for people, but never to a "0 %" or "100 %" that is not one. */
export function percent(share: number, digits = 1): string {
  const text = (share * 100).toFixed(digits);
  const step = 10 ** -digits;
  if (share > 0 && Number(text) === 0) return `< ${step} %`;
  if (share < 1 && Number(text) === 100) return `> ${(100 - step).toFixed(digits)} %`;
  return `${text.replace(/\.0+$/, '')} %`;
}

export const money = (value: number, unit: string): string => `${count(Math.round(value))} ${unit}`;

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

export function seconds(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000
    ? `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  return size < 1024 * 1024 ? `${(size / 1024).toFixed(1)} KB` : `${(size / 1024 / 1024).toFixed(1)} MB`;
}

export function shortHash(hex: string): string {
  return hex.length <= 10 ? hex : `${hex.slice(0, 4)}…${hex.slice(-2)}`;
}
