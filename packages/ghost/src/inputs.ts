import type { Json } from '@tenet-ledger/record';

/** One argument is the input itself; any other number is kept as a list under this member. */
const ARGUMENTS = '$args';

export const inputsOf = (args: readonly unknown[]): unknown => (args.length === 1 ? args[0] : { [ARGUMENTS]: args });

export function argumentsOf(inputs: Json): readonly Json[] {
  if (typeof inputs === 'object' && inputs !== null && !Array.isArray(inputs)) {
    const members = inputs as { readonly [key: string]: Json };
    const list = members[ARGUMENTS];
    if (Array.isArray(list) && Object.keys(members).length === 1) return list as readonly Json[];
  }
  return [inputs];
}
