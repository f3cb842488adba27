// What the steps of the tour say.

/** A paragraph a line. */
export const tourTexts: readonly { title: string; text: string }[] = [
  {
    title: "What a spike is",
    text: "Each dot is a spike: a neuron that reached its threshold in that step. It is all that neurons tell each other; there are no numbers in between.",
  },
  {
    title: "Rate coding",
    text: "A bright pixel spikes often, a dark one never: every step is a coin flip with a probability set by the intensity. A number becomes a rate, and the rate is known the better the longer one counts.",
  },
  {
    title: "Why conversion works",
    text: "A neuron adds up what comes in and fires whenever its threshold is reached. Its rate times the threshold is then what the trained ReLU neuron would have said: this one stands for the digit 7, and fires more than any other output, in plain and in L4 alike. Both get less than the shaded band foretells, as the layers before need time to begin; those of L4 wait on purpose.",
  },
  {
    title: "The noise",
    text: "What comes in is random, so the sum wanders about its mean drift. A neuron that should be silent reaches a low threshold by chance, and a spike cannot be taken back. This one should be silent, and fires in plain; in L4 it never comes near its threshold. Such false spikes have a colour of their own in the rasters further up.",
  },
  {
    title: "The L4 norm",
    text: "How far the sum wanders follows from the weights: its standard deviation is proportional to the L4 norm of the neuron’s weight vector. The shaded band is that prediction, one and two deviations wide.",
  },
  {
    title: "The adjustment",
    text: "What it does: L4 sets each threshold to 0.8 deviations of the neuron’s own noise and asks for more at first, so that it waits. It takes off what noise adds on the mean, and has each spike count for what it says.\nWhat it buys: dense networks are as accurate as plain at half to three quarters of the operations; with convolutions they are as accurate or more at 13 to 18 % of them.\nWhere it does not help: the small network saves next to no operations. Waiting and corrections help plain as much. Other measures of the noise (L2, L1, the exact one) do as well: the rule helps, not the L4 norm in particular. Where the input may be a constant current there is no noise to fight.\nThe formula is our reconstruction from the paper’s abstract, not the paper’s own.",
  },
];
