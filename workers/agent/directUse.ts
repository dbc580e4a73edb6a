/**
 * Notices agent code that reads the clock or draws random numbers past `ghost.current()`: such a run can't be repeated. The values stay what
 * they are. `seen` decides whether the caller is agent code.
 */
export function watchDirectUse(seen: (name: string) => void): void {
  const { random } = Math;
  Math.random = () => {
    seen('Math.random');
    return random();
  };
  const RealDate = Date;
  const { now } = RealDate;
  globalThis.Date = new Proxy(RealDate, {
    construct(target, args: unknown[], newTarget) {
      if (args.length === 0) seen('new Date()');
      return Reflect.construct(target, args, newTarget === globalThis.Date ? target : newTarget) as object;
    },
    apply() {
      seen('Date()');
      return new RealDate(now()).toString();
    },
  });
  RealDate.now = () => {
    seen('Date.now');
    return now();
  };
}
