/** Minutes of an ISO 8601 duration such as `PT5M` or `P1D`; undefined when it is none. */
export function minutesOf(duration: string): number | undefined {
  const [, days, hours, minutes] =
    /^P(?=\w)(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$/.exec(duration) ?? [];
  return days === undefined && hours === undefined && minutes === undefined
    ? undefined
    : Number(days ?? 0) * 1440 + Number(hours ?? 0) * 60 + Number(minutes ?? 0);
}
