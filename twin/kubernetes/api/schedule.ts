/** Schedules of CronJobs, as robfig/cron reads them for Kubernetes (`ParseStandard`), in UTC. */

const MINUTE_MS = 60_000;
/** A schedule that is not met by then never is: the 31st of February. */
const YEARS = 5;

export interface Schedule {
  /** The first time after that one, in milliseconds since the epoch; undefined when there is none. */
  next(after: number): number | undefined;
}

/** What a field allows; a day is chosen by the month's and the week's together where one says all. */
interface Field {
  readonly values: ReadonlySet<number>;
  readonly isAll: boolean;
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  /** Names of values, from the smallest on. */
  readonly names: readonly string[];
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");

const FIELDS: readonly Bounds[] = [
  { min: 0, max: 59, names: [] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: MONTHS },
  { min: 0, max: 6, names: DAYS },
];

const NAMED: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

/** @throws Error with what is wrong with the text */
export function parseSchedule(text: string): Schedule {
  if (text.startsWith("@") && !NAMED.has(text)) {
    throw new Error(`unrecognized descriptor: ${text}`);
  }
  const parts = (NAMED.get(text) ?? text).split(/\s+/).filter((part) => part !== "");
  if (parts.length !== FIELDS.length) {
    const count = `expected exactly ${FIELDS.length} fields, found ${parts.length}`;
    throw new Error(`${count}: [${parts.join(" ")}]`);
  }
  const fields = FIELDS.map((bounds, index) => parseField(parts[index] ?? "", bounds));
  return { next: (after) => nextTime(fields, after) };
}

/** The last time that a schedule was met after one time and until another. */
export function lastTime(schedule: Schedule, after: number, until: number): number | undefined {
  let last: number | undefined;
  for (let at = schedule.next(after); at !== undefined && at <= until; at = schedule.next(at)) {
    last = at;
  }
  return last;
}

function parseField(text: string, bounds: Bounds): Field {
  const ranges = text.split(",").filter((range) => range !== "");
  const parsed = ranges.map((range) => parseRange(range, bounds));
  return {
    values: new Set(parsed.flatMap(({ values }) => values)),
    isAll: parsed.some(({ isAll }) => isAll),
  };
}

function parseRange(text: string, bounds: Bounds): { values: number[]; isAll: boolean } {
  const [range = "", stepText, ...slashes] = text.split("/");
  const [low = "", high, ...hyphens] = range.split("-");
  const isStar = low === "*" || low === "?";
  if (!isStar && hyphens.length > 0) {
    throw new Error(`too many hyphens: ${text}`);
  }
  const first = isStar ? bounds.min : parseValue(low, bounds.names, bounds.min);
  const second = high === undefined ? first : parseValue(high, bounds.names, bounds.min);
  if (slashes.length > 0) {
    throw new Error(`too many slashes: ${text}`);
  }
  const step = stepText === undefined ? 1 : parseValue(stepText);
  // A value with a step goes on to the end.
  const goesOn = isStar || (stepText !== undefined && high === undefined);
  const last = goesOn ? bounds.max : second;
  if (first < bounds.min) {
    throw new Error(`beginning of range (${first}) below minimum (${bounds.min}): ${text}`);
  }
  if (last > bounds.max) {
    throw new Error(`end of range (${last}) above maximum (${bounds.max}): ${text}`);
  }
  if (first > last) {
    throw new Error(`beginning of range (${first}) beyond end of range (${last}): ${text}`);
  }
  if (step === 0) {
    throw new Error(`step of range should be a positive number: ${text}`);
  }
  const count = Math.floor((last - first) / step) + 1;
  const values = Array.from({ length: count }, (_, index) => first + index * step);
  return { values, isAll: isStar && step === 1 };
}

/** @param from the value of the first name */
function parseValue(text: string, names: readonly string[] = [], from = 0): number {
  const index = names.indexOf(text.toLowerCase());
  if (index >= 0) {
    return index + from;
  }
  if (!/^[+-]?\d+$/.test(text)) {
    const parsing = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
    throw new Error(`failed to parse int from ${text}: ${parsing}`);
  }
  const value = Number(text);
  if (value < 0) {
    throw new Error(`negative number (${value}) not allowed: ${text}`);
  }
  return value;
}

function nextTime(fields: readonly Field[], after: number): number | undefined {
  const [minutes, hours, days, months, weekdays] = fields as [Field, Field, Field, Field, Field];
  const lastYear = new Date(after).getUTCFullYear() + YEARS;
  let at = new Date((Math.floor(after / MINUTE_MS) + 1) * MINUTE_MS);
  while (at.getUTCFullYear() <= lastYear) {
    const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
    if (!months.values.has(month + 1)) {
      at = new Date(Date.UTC(year, month + 1));
    } else if (!matchesDay(days, weekdays, at)) {
      at = new Date(Date.UTC(year, month, day + 1));
    } else if (!hours.values.has(at.getUTCHours())) {
      at = new Date(Date.UTC(year, month, day, at.getUTCHours() + 1));
    } else if (!minutes.values.has(at.getUTCMinutes())) {
      at = new Date(at.getTime() + MINUTE_MS);
    } else {
      return at.getTime();
    }
  }
  return undefined;
}

/** Where both days are chosen, one of them is enough. */
function matchesDay(days: Field, weekdays: Field, at: Date): boolean {
  const both = [days.values.has(at.getUTCDate()), weekdays.values.has(at.getUTCDay())];
  return days.isAll || weekdays.isAll ? both.every(Boolean) : both.some(Boolean);
}
