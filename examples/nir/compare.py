"""`python examples/nir/compare.py FOLDER`: what record.mjs has written, in other simulators; a table of how often all
spikes of all layers, and the decision, are the same."""

import json
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from simulators import SIMULATORS, read

warnings.filterwarnings("ignore")
torch.set_grad_enabled(False)
folder = Path(sys.argv[1])


def raster(steps, size, spikes):
    dense = np.zeros((steps, size), np.float32)
    dense[tuple(spikes)] = 1
    return dense


def watched(network, layers):
    """What every layer of neurons gives, step by step."""
    told = {layer: [] for layer in layers}
    modules = dict(network.named_modules())
    for layer, outputs in told.items():

        def hear(module, inputs, output, outputs=outputs):
            outputs.append((output[0] if isinstance(output, tuple) else output).numpy().copy())

        modules[layer].register_forward_hook(hear)
    return told


def ours(graph, case, run, layers):
    """The input of every step, and our spikes of every layer."""
    shape = [int(size) for size in graph.nodes["input"].input_type["input"]]
    size = int(np.prod(shape))
    if str(graph.metadata["coding"]) == "constant":
        inputs = np.tile(np.array(run["image"], np.float32), (case["steps"], 1))
    else:
        inputs = raster(case["steps"], size, run["spikes"][0])
    sizes = [int(np.prod(graph.nodes[layer].r.shape)) for layer in layers]
    told = [raster(case["steps"], size, spikes) for size, spikes in zip(sizes, run["spikes"][1:])]
    return torch.tensor(inputs).reshape(case["steps"], 1, *shape), told


def theirs(name, graph, inputs, layers):
    network = SIMULATORS[name](graph)
    told = watched(network, layers)
    if name == "sinabs":
        network(inputs[:, 0])
    else:
        state = None
        for step in inputs:
            _, state = network(step, state)
    return [np.concatenate([part.reshape(-1, part[0].size) for part in outputs]) for outputs in told.values()]


def decides(graph, output, prediction, fires):
    """A spike counts as much as the threshold of its output. Ties are decided by potentials, which are not compared."""
    scores = (output.sum(0) if fires else output[-1]) * graph.metadata["output_thresholds"]
    return scores[prediction] >= scores.max() * (1 - 1e-5)


rows, failed = {}, False
for case in json.loads((folder / "index.json").read_text()):
    graph = read(folder / f"{case['file']}.nir")
    count = len(graph.metadata["initial_potentials"])
    layers = [f"layer{k + 1}" for k in range(count)]
    fires = type(graph.nodes[layers[-1]]).__name__ == "IF"
    spiking = layers if fires else layers[:-1]
    row = rows[case["network"], case["way"]] = {}
    for name in SIMULATORS:
        if name == "sinabs" and not fires:
            continue
        same = decided = 0
        for run in case["runs"]:
            inputs, expected = ours(graph, case, run, spiking)
            found = theirs(name, graph, inputs, layers)
            same += all(np.array_equal(a, b) for a, b in zip(expected, found))
            decided += bool(decides(graph, found[-1], run["prediction"], fires))
        failed |= min(same, decided) < len(case["runs"])
        row[name] = f"{same} and {decided} of {len(case['runs'])}"

print("All spikes the same, and the decision, by number of images.", end=" ")
print(", ".join(f"{name} {version(name)}" for name in ["nir", "nirtorch", "torch", *SIMULATORS]), end=".\n\n")
print(f"| network, conversion | {' | '.join(SIMULATORS)} |")
print(f"|---|{'---|' * len(SIMULATORS)}")
for (network, way), row in rows.items():
    print(f"| {network}, {way} | {' | '.join(row.get(name, '') for name in SIMULATORS)} |")
sys.exit(failed)
