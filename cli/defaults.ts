/** Requests per second: of the measurement, and of scenarios, which want to see any loss at all. */
export const RATE = { measured: 200, scenario: 50 } as const;

/** Rotations of the measurement. */
export const ROTATIONS = 3;
