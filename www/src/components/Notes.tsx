/** What is seen, said plainly, and what stands behind it. */
export function Notes() {
  return (
    <footer>
      <p>
        <strong>Where the formula comes from.</strong> It is our own derivation from the statistics in the abstract of{" "}
        <a href="https://arxiv.org/abs/2111.09446">Allred &amp; Roy (arXiv:2111.09446)</a>, not the paper’s own formula.
        A neuron’s threshold is set to a number of standard deviations of its noise, and that noise is proportional to
        the L4 norm of its weights.
      </p>
      <p>
        <strong>How to read it.</strong> Each dot is a spike: time runs from left to right, neurons from top to bottom.
        False spikes are those of neurons that the trained network has at 0 for this input (or at a score below 0), and
        have a colour of their own. Where many neurons share a line of pixels, each colour covers what its spikes are of
        all. Where neurons are signed, a dot in the colour of this text is a spike that is taken back. A bar is the
        score of a class (spikes × threshold), the number above it the spikes. A class in grey has the highest
        potential, but no output has spiked for it yet. A synaptic operation is one spike reaching one weight; input
        spikes count too. ANN units are the units of the trained network: in them a neuron’s activation would be the
        number that it had there.
      </p>
      <p>
        <strong>Nothing leaves your machine.</strong> The simulation is Rust, compiled to WebAssembly, and runs in this
        tab; drawings, images and models of yours are not sent anywhere. The address of this page repeats the
        experiment, with your drawing of a digit or a piece of clothing but without images and models of yours.
      </p>
    </footer>
  );
}
