/** An upper bound for the difference between the clocks of two functions, or of a function and this machine. */
export const MAX_CLOCK_DIFFERENCE_MS = 1_000;
