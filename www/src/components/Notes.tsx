/** What is seen, said plainly, and what stands behind it. */
export function Notes() {
  return (
    <footer>
      <p>
        <strong>Where the formula comes from.</strong> We derived it from the statistics in the abstract of{" "}
        <a href="https://arxiv.org/abs/2111.09446">Allred &amp; Roy (arXiv:2111.09446)</a>; it is not the paper’s own
        formula. A neuron’s threshold is a number of standard deviations of its noise, and that noise is proportional to
        the L4 norm of its weights.
      </p>
      <p>
        <strong>How to read it.</strong> Each dot is a spike: time runs from left to right, neurons from top to bottom.
        False spikes, which have their own colour, come from neurons that are at 0 in the trained network for this input
        (or at a score below 0). Where many neurons share a line of pixels, each colour covers its share of the spikes.
        With signed neurons, a dot in the colour of this text is a spike taken back. A bar is the score of a class
        (spikes × threshold), the number above it the spike count. A class in grey has the highest potential, but no
        output has spiked yet. A synaptic operation is one spike passing one synapse; input spikes count too. ANN units
        are those of the trained network: in them, a neuron’s activation would be the number it had there.
      </p>
      <p>
        <strong>Nothing leaves your machine.</strong> The simulation is Rust compiled to WebAssembly and runs in this
        tab; your drawings, images and models are not sent anywhere. The address of this page reproduces the experiment,
        including your drawing of a digit or a piece of clothing but not your own images and models.
      </p>
    </footer>
  );
}
