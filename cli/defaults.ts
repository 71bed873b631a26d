/** Requests per second of scenarios, which want to see any loss at all. */
export const SCENARIO_RATE = 50;

/** Rotations of the measurement. */
export const ROTATIONS = 3;
