"""The same spiking network in other simulators, on one thread.

Reads what `run.mjs` wrote into a folder: `network.safetensors` (as `snn.save()` gives it: thresholds are folded into the
weights, so that every threshold is 1), `spikes` (the input spikes of our own encoder, bytes `[images, steps, inputs]`),
`images` and `facts.json`. Prints one JSON object: for every simulator and batch, images per second (the median of some
passes and the fastest) and the share of images on which it decides as we do.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import nn

torch.set_num_threads(1)
torch.set_grad_enabled(False)

folder = Path(sys.argv[1])
facts = json.loads((folder / "facts.json").read_text())
steps, inputs, images = facts["steps"], facts["inputs"], facts["images"]
tensors = load_file(folder / "network.safetensors")
depth = sum(name.endswith("connections.0.weights") for name in tensors)
weights = [tensors[f"layers.{n}.connections.0.weights"] for n in range(depth)]
thresholds = tensors[f"layers.{depth - 1}.thresholds"]
sizes = [inputs, *(len(weight) for weight in weights)]
if any(tensors[f"layers.{n}.bias"].any() for n in range(depth)):
    sys.exit("the layers here have no bias, but this network has")
spikes = torch.from_numpy(np.fromfile(folder / "spikes", np.uint8).reshape(images, steps, inputs)).float()
pixels = torch.from_numpy(np.fromfile(folder / "images", np.float32).reshape(images, inputs))
predictions = torch.tensor(facts["predictions"])


def linear(n):
    layer = nn.Linear(sizes[n], sizes[n + 1], bias=False)
    layer.weight.copy_(weights[n])
    return layer


def spikingjelly():
    from spikingjelly.activation_based import functional, layer, neuron

    def model(step_mode):
        layers = []
        for n in range(len(weights)):
            dense = layer.Linear(sizes[n], sizes[n + 1], bias=False, step_mode=step_mode)
            dense.weight.copy_(weights[n])
            layers += [dense, neuron.IFNode(v_threshold=1.0, v_reset=None, step_mode=step_mode)]
        return nn.Sequential(*layers).eval()

    def run(net, step_mode):
        def go(x):  # [batch, steps, inputs]
            functional.reset_net(net)
            x = x.transpose(0, 1)
            if step_mode == "m":
                return net(x.contiguous()).sum(0)
            return sum(net(x[t]) for t in range(steps))

        return go

    return {"SpikingJelly": run(model("s"), "s"), "SpikingJelly, multi-step": run(model("m"), "m")}


def snntorch():
    import snntorch as snn

    dense = [linear(n) for n in range(len(weights))]
    neurons = [
        snn.Leaky(beta=1.0, threshold=1.0, reset_mechanism="subtract", reset_delay=False) for _ in range(len(weights))
    ]

    def go(x):
        memory = [neuron.init_leaky() for neuron in neurons]
        counts = 0
        for t in range(steps):
            now = x[:, t]
            for n, neuron in enumerate(neurons):
                now, memory[n] = neuron(dense[n](now), memory[n])
            counts = counts + now
        return counts

    return {"snnTorch": go}


def plain_torch():
    """The bare recurrence in PyTorch, without a simulator's own cost."""

    def go(x):
        potentials = [torch.zeros(x.shape[0], size) for size in sizes[1:]]
        counts = torch.zeros(x.shape[0], sizes[-1])
        for t in range(steps):
            now = x[:, t]
            for n, weight in enumerate(weights):
                potentials[n].addmm_(now, weight.T)
                now = (potentials[n] >= 1).float()
                potentials[n] -= now
            counts += now
        return counts

    return {"bare PyTorch": go}


def trained():
    """The trained network, which is what most would run instead. Folding changes none of its decisions."""

    def go(first, batch):
        x = pixels[first : first + batch]
        for n, weight in enumerate(weights):
            x = nn.functional.linear(x, weight)
            x = torch.relu(x) if n + 1 < depth else x
        return x

    return go


def measure(call, batch):
    """Images per second of `call(first, batch)`, and the share of decisions that agree with ours."""
    count = batch * max(1, min(images, facts["atMost"] * batch, images) // batch)
    rates, scores = [], []
    for _ in range(facts["passes"]):
        scores, begun = [], time.perf_counter()
        for first in range(0, count, batch):
            scores.append(call(first, batch))
        rates.append(count / (time.perf_counter() - begun))
    decided = (torch.cat(scores) * thresholds).argmax(1)
    agreed = (decided == predictions[:count]).float().mean().item()
    return {"imagesPerSecond": sorted(rates)[len(rates) // 2], "fastest": max(rates), "agreement": agreed}


rows = []
for make in (spikingjelly, snntorch, plain_torch):
    try:
        simulators = make()
    except ImportError as error:
        print(f"left out: {error}", file=sys.stderr)
        continue
    for name, go in simulators.items():
        for batch in facts["batches"]:
            print(f"{name}, batch {batch} ...", file=sys.stderr)
            call = lambda first, size, go=go: go(spikes[first : first + size])
            rows.append({"simulator": name, "batch": batch, **measure(call, batch)})
for batch in facts["batches"]:
    rows.append({"simulator": "trained network, PyTorch", "batch": batch, **measure(trained(), batch)})
versions = {name: version(name) for name in ("torch", "spikingjelly", "snntorch")}
print(json.dumps({"versions": versions, "rows": rows}))
