"""Reads a NIR file of quartic-snn into snnTorch, Norse, SpikingJelly or sinabs, through public functions only.

    graph = read("network.nir")
    network, state = norse(graph), None
    for spikes in train:  # one step: [batch, *input shape], 0 or 1
        outputs, state = network(spikes, state)

What a NIR file cannot say, its metadata do: how neurons are reset and where their potentials begin. So every simulator
needs neurons of its own, which fire at a potential of 1 or more, once a step at most, and know no lower limit.
"""

import nir
import nirtorch
import torch
from torch.nn.functional import avg_pool2d


def read(path):
    # The check of nir 1.0.8 refuses kernels of convolutions that are not square.
    return nir.read(path, type_check=False)


class Function(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class Integrator(torch.nn.Module):
    """Outputs whose potential is read."""

    def __init__(self, potential):
        super().__init__()
        self.potential = potential

    def forward(self, x):
        self.potential = self.potential + x
        return self.potential


def with_weights(module, node):
    module.weight.data = torch.tensor(node.weight)
    module.bias.data = torch.tensor(node.bias)
    return module


def pair(sizes):
    return tuple(int(size) for size in sizes)


def affine(node):
    outputs, inputs = node.weight.shape
    return with_weights(torch.nn.Linear(inputs, outputs), node)


def conv(node):
    outputs, inputs, *kernel = node.weight.shape
    stride, padding, dilation = pair(node.stride), pair(node.padding), pair(node.dilation)
    return with_weights(torch.nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation), node)


def sum_pool(node):
    kernel, stride, padding = pair(node.kernel_size), pair(node.stride), pair(node.padding)
    return Function(lambda x: avg_pool2d(x, kernel, stride, padding, divisor_override=1))


def scale(node):
    factors = torch.tensor(node.scale)
    return Function(lambda x: x * factors)


def initial(node):
    return float(node.metadata["initial_potential"])


def start(node, batch):
    return torch.full((batch, *node.r.shape), initial(node))


def subtracts(graph):
    return str(graph.metadata["reset"]) == "subtract"


def network(graph, neuron):
    maps = {
        nir.Affine: affine,
        nir.Conv2d: conv,
        nir.SumPool2d: sum_pool,
        nir.Scale: scale,
        # Behind the batch, which the sizes in a file do not count.
        nir.Flatten: lambda node: torch.nn.Flatten(1),
        nir.I: lambda node: Integrator(initial(node)),
        nir.IF: neuron,
    }
    return nirtorch.nir_to_torch(graph, maps)


def snntorch(graph, batch=1):
    import snntorch as snn

    def neuron(node):
        mechanism = "subtract" if subtracts(graph) else "zero"
        fire = lambda above: (above >= 0).float()
        made = snn.Leaky(beta=1.0, threshold=1.0, init_hidden=True, reset_mechanism=mechanism, spike_grad=fire)
        made.mem = start(node, batch)
        return made

    return network(graph, neuron)


def norse(graph, batch=1):
    from norse.torch.module.snn import SNNCell

    def step(x, potential, parameters, dt):
        potential = potential + x
        spikes = (potential >= 1).float()
        return spikes, potential - spikes if subtracts(graph) else potential * (1 - spikes)

    return network(graph, lambda node: SNNCell(step, lambda x: start(node, batch), None))


def spikingjelly(graph, batch=1):
    from spikingjelly.activation_based.neuron import IFNode

    def neuron(node):
        made = IFNode(v_threshold=1.0, v_reset=None if subtracts(graph) else 0.0)
        made.v = initial(node)
        return made

    return network(graph, neuron)


def sinabs(graph, batch=1):
    """Takes all steps at once, [batch * steps, *input shape], and no state; for files without `I` nodes."""
    from sinabs.activation import MembraneReset, MembraneSubtract, SingleSpike
    from sinabs.layers import IAFSqueeze

    def neuron(node):
        reset = MembraneSubtract() if subtracts(graph) else MembraneReset()
        made = IAFSqueeze(batch_size=batch, spike_fn=SingleSpike, reset_fn=reset)
        made.v_mem = start(node, batch)
        return made

    return network(graph, neuron)


SIMULATORS = {"snntorch": snntorch, "norse": norse, "spikingjelly": spikingjelly, "sinabs": sinabs}
