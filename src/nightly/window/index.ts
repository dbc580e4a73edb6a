export { offsetMs, startBefore, startFrom, startsOn, type DailyTime } from './zoned.js';
export { drawn, nightSeed } from './seed.js';
