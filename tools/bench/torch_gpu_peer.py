#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The workloads of `betwixt_bench gpu` in PyTorch on CUDA, fp32 with TF32 off; a line of JSON for every way of running.

  torch_gpu_peer.py [CASE ...] [--seconds S] [--modes eager,graph,compiled] [--rehearse]

Training steps (A.train, B.train, C.train): eager, with the whole step as one CUDA graph, and compiled by torch.compile;
each with contiguous and channels_last pictures. Layers (D.*): eager, by CUDA events. Prints {"skipped": why} and
succeeds where there is no PyTorch or no CUDA device. --rehearse goes the same way on the CPU, without CUDA's graphs and
clock, in as few steps as it can: it shows that the script works, and its figures mean nothing.
"""
import argparse
import json
import sys
import time

NETWORKS = ["A.train", "B.train", "C.train"]
LAYERS = ["conv3x3_s1", "conv4x4_s2", "convT4x4_s2", "dense_b16", "dense_b256", "groupnorm8", "grid_sample",
          "max_pool2", "avg_pool2", "resize_nearest2", "resize_bilinear2"]
CASES = NETWORKS + ["D.%s.%s" % (name, way) for name in LAYERS for way in ("fwd", "bwd")]
BURST_SECONDS = 0.2


def say(**row):
    print(json.dumps({"torch": row.pop("kind"), **row}), flush=True)


def skip(why):
    print(json.dumps({"skipped": why}), flush=True)
    sys.exit(0)


try:
    import torch
    import torch_peer
except ImportError as error:
    skip("no PyTorch: %s" % error)


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


class Card:
    """Where and how things run."""
    name = "cuda"
    warm_steps = 20
    fewest = 20

    def synchronize(self):
        torch.cuda.synchronize()

    def milliseconds(self, run):
        """Of one run, by the device's clock."""
        before, after = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        before.record()
        run()
        after.record()
        after.synchronize()
        return before.elapsed_time(after)

    def captured(self, step):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step()
        return graph.replay

    def prepare(self):
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cudnn.benchmark = True

    def title(self):
        return torch.cuda.get_device_name()


class Rehearsal:
    name = "cpu"
    warm_steps = 1
    fewest = 1

    def synchronize(self):
        pass

    def milliseconds(self, run):
        start = time.perf_counter()
        run()
        return (time.perf_counter() - start) * 1e3

    def captured(self, step):
        return step

    def prepare(self):
        pass

    def title(self):
        return "a rehearsal on the CPU"


card = Card()


def wall_milliseconds(step, seconds):
    """Of one step, in bursts between two waits for the device."""
    def burst(count):
        card.synchronize()
        start = time.perf_counter()
        for _ in range(count):
            step()
        card.synchronize()
        return (time.perf_counter() - start) * 1e3 / count
    burst(card.warm_steps)
    count = max(min(4, card.fewest), int(BURST_SECONDS * 1e3 / max(burst(card.warm_steps), 1e-3)))
    times, start = [], time.perf_counter()
    while len(times) < min(5, card.fewest) or time.perf_counter() - start < seconds:
        times.append(burst(count))
    return median(times)


def event_milliseconds(run, seconds):
    for _ in range(min(5, card.fewest)):
        run()
    times, start = [], time.perf_counter()
    while len(times) < card.fewest or time.perf_counter() - start < seconds:
        times.append(card.milliseconds(run))
    return median(times)


def network(case, layout):
    model, inputs = torch_peer.network(case)
    model = model.to(card.name).to(memory_format=layout)
    values = [v.to(card.name).to(memory_format=layout) if v.dim() == 4 else v.to(card.name) for v in inputs.values()]
    return model, values


def adam(model, **options):
    return torch.optim.Adam(model.parameters(), lr=1e-3, **options)


def eager_step(case, layout):
    model, values = network(case, layout)
    optimizer = adam(model, fused=card.name == "cuda")

    def step():
        optimizer.zero_grad(set_to_none=True)
        model.loss(*values).backward()
        optimizer.step()
    return step


def compiled_step(case, layout):
    model, values = network(case, layout)
    optimizer = adam(model, fused=card.name == "cuda")
    loss = torch.compile(model.loss, mode="max-autotune-no-cudagraphs" if case == "A.train" else "default")

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(*values).backward()
        optimizer.step()
    return step


def graph_step(case, layout):
    model, values = network(case, layout)
    optimizer = adam(model, capturable=card.name == "cuda", foreach=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        model.loss(*values).backward()
        optimizer.step()
    return card.captured(step)


STEPS = {"eager": eager_step, "graph": graph_step, "compiled": compiled_step}
LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


def train(case, options):
    for mode in options.modes.split(","):
        if mode == "compiled" and not hasattr(torch, "compile"):
            continue
        for name, layout in LAYOUTS.items():
            try:
                milliseconds = wall_milliseconds(STEPS[mode](case, layout), options.seconds)
            except Exception as error:  # a mode that a version cannot run must not hide the others
                say(kind="failed", case=case, mode=mode, layout=name, why=str(error).splitlines()[0][:200])
                continue
            say(kind="training", case=case, mode=mode, layout=name, ms=round(milliseconds, 5),
                steps_per_s=round(1e3 / milliseconds, 2))


def layer(case, options):
    _, name, direction = case.split(".")
    for label, layout in LAYOUTS.items():
        function, parameters, x = torch_peer.layer(name)
        if isinstance(function, torch.nn.Module):
            function = function.to(card.name).to(memory_format=layout)
            parameters = list(function.parameters())
        else:
            grid = parameters[0].detach().to(card.name).requires_grad_(True)
            parameters = [grid]

            def function(v, grid=grid):
                return torch.nn.functional.grid_sample(v, grid, mode="bilinear", padding_mode="border",
                                                       align_corners=False)
        x = x.to(card.name).to(memory_format=layout) if x.dim() == 4 else x.to(card.name)
        x.requires_grad_(True)
        if direction == "fwd":
            with torch.no_grad():
                milliseconds = event_milliseconds(lambda: function(x), options.seconds)
        else:
            y = function(x)
            dy = torch.randn_like(y)
            milliseconds = event_milliseconds(
                lambda: torch.autograd.grad(y, [x] + parameters, dy, retain_graph=True), options.seconds)
        say(kind="op", case=case, layout=label, ms=round(milliseconds, 5))


def main():
    global card
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--modes", default="eager,graph,compiled")
    parser.add_argument("--rehearse", action="store_true", help="on the CPU, to see that everything works")
    options = parser.parse_args()
    if options.rehearse:
        card = Rehearsal()
    elif not torch.cuda.is_available():
        skip("PyTorch %s sees no CUDA device" % torch.__version__)
    card.prepare()
    torch.manual_seed(1234)
    say(kind="device", name=card.title(), version=torch.__version__)
    for case in CASES:
        if options.cases and not any(case == c or case.startswith(c + ".") for c in options.cases):
            continue
        (train if case in NETWORKS else layer)(case, options)


if __name__ == "__main__":
    main()
