// What the steps of the tour say.

/** A paragraph a line. */
export const tourTexts: readonly { title: string; text: string }[] = [
  {
    title: "What a spike is",
    text: "Each dot is a spike: below the input, a neuron reached its threshold in that step. Spikes are all that neurons exchange; no numbers pass between them.",
  },
  {
    title: "Rate coding",
    text: "A bright pixel spikes often, a dark one never: each step is a coin flip whose probability is set by the intensity. A number becomes a rate, and the longer you count, the better you know the rate.",
  },
  {
    title: "Why conversion works",
    text: "A neuron adds up its input and fires whenever it reaches its threshold. Its rate times what a spike stands for is then what the trained ReLU neuron would have output: this one stands for the digit 7, and fires more than any other output, in both plain and L4. Both receive less than the shaded band predicts, because the layers before need time to start; those of L4 wait on purpose.",
  },
  {
    title: "The noise",
    text: "The input is random, so its sum wanders about its mean drift. A neuron that should be silent reaches a low threshold by chance, and a spike cannot be taken back. This one should be silent but fires in plain; in L4 it never comes near its threshold. Such false spikes have their own colour in the rasters above.",
  },
  {
    title: "The L4 norm",
    text: "The weights determine how far the sum wanders: where large weights meet busy inputs, its standard deviation is proportional to the L4 norm of the neuron’s weight vector. The shaded band is that prediction, one and two standard deviations wide.",
  },
  {
    title: "The adjustment",
    text: "What it does: L4 sets each threshold to 0.8 standard deviations of the neuron’s own noise and asks for more at first, so the neuron waits. It also removes the mean error that noise causes and weights spikes by what they stand for.\nWhat it buys: dense networks are as accurate as plain at half to three quarters of the operations; convolutional ones are as accurate or more so at 13 to 18 %.\nWhere it does not help: the small network saves next to no operations. Waiting and corrections help plain as much. Other measures of the noise (L2, L1, the exact one) do as well: the rule helps, not the L4 norm in particular. Where the input may be a constant current, there is no noise to fight.\nThe formula is our reconstruction from the paper’s abstract, not the paper’s own.",
  },
];
