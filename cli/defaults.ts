/** Requests per second in scenarios, which look for any loss at all. */
export const SCENARIO_RATE = 50;

/** Rotations of the measurement. */
export const ROTATIONS = 3;
