// Numbers that look random, the same on every machine.

/** Uniform from 0 up to 1: the linear congruential generator of "Numerical Recipes" (W. Press et al.). */
export function uniform(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
