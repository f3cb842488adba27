// Numbers as the page writes them.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
export const wholeText = (value: number) => whole.format(value);

/** A share in percent; two digits tell evaluations apart. */
export const percentText = (share: number, digits = 2) => `${(100 * share).toFixed(digits)} %`;
