#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The workloads of betwixt_bench in PyTorch.

  torch_peer.py CASE [--threads N] [--seconds S] [--layout contiguous|channels_last]     times it, one line of JSON
  torch_peer.py CASE --export FILE     weights, inputs, loss and gradients for betwixt_bench --check

tools/bench/compare starts it with the right environment (OpenMP threads, allocator); see there.
"""
import argparse
import json
import struct
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Autoencoder(nn.Module):
    """A: 64 x 64 x 3, two latent variables."""

    def __init__(self):
        super().__init__()
        encoder, decoder, channels = [], [], 3
        for out in (32, 64, 128, 256):
            encoder += [nn.Conv2d(channels, out, 3, stride=2, padding=1), nn.LeakyReLU(0.2)]
            channels = out
        for out in (128, 64, 32, 3):
            decoder += [nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(channels, out, 3, padding=1)]
            decoder += [nn.Sigmoid() if out == 3 else nn.LeakyReLU(0.2)]
            channels = out
        self.enc, self.dec = nn.Sequential(*encoder), nn.Sequential(*decoder)
        self.to_z, self.from_z = nn.Linear(4096, 2), nn.Linear(2, 4096)

    def forward(self, x):
        z = self.to_z(torch.flatten(self.enc(x), 1))
        return self.dec(F.leaky_relu(self.from_z(z), 0.2).view(-1, 256, 4, 4))

    def loss(self, x):
        return F.mse_loss(self(x), x)


class Level(nn.Module):
    """One level of B."""

    def __init__(self, size, conditional):
        super().__init__()
        self.conditional, self.side = conditional, size // 8
        encoder, decoder, channels = [], [], 6 if conditional else 3
        for out in (32, 64, 128):
            encoder += [nn.Conv2d(channels, out, 3, stride=2, padding=1), nn.LeakyReLU(0.2)]
            channels = out
        for out in (64, 32, 16):
            decoder += [nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(channels, out, 3, padding=1)]
            decoder += [nn.LeakyReLU(0.2)]
            channels = out
        self.enc, self.dec = nn.Sequential(*encoder), nn.Sequential(*decoder)
        flat = 128 * self.side ** 2
        self.to_z, self.from_z = nn.Linear(flat, 64), nn.Linear(32, flat)
        self.head = nn.Conv2d(19 if conditional else 16, 3, 3, padding=1)

    def forward(self, band, condition, noise):
        x = torch.cat([band, condition], 1) if self.conditional else band
        mean, log_variance = self.to_z(torch.flatten(self.enc(x), 1)).chunk(2, 1)
        z = mean + noise * torch.exp(0.5 * log_variance)
        h = self.dec(self.from_z(z).view(-1, 128, self.side, self.side))
        y = self.head(torch.cat([h, condition], 1) if self.conditional else h)
        divergence = -0.5 * torch.sum(1 + log_variance - mean * mean - torch.exp(log_variance), 1).mean()
        return F.mse_loss(y, band) + 0.001 * divergence / (band.shape[2] * band.shape[3])


class Pyramid(nn.Module):
    """B: four levels of a Laplacian pyramid of 128 x 128 x 3."""

    def __init__(self):
        super().__init__()
        line = torch.tensor([1.0, 4.0, 6.0, 4.0, 1.0]) / 16
        self.register_buffer("kernel", (line[:, None] * line).expand(3, 1, 5, 5).contiguous())
        self.levels = nn.ModuleList(Level(128 >> i, i < 3) for i in range(4))

    def down(self, x):
        return F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), self.kernel, stride=2, groups=3)

    def up(self, x):
        n, c, h, w = x.shape
        z = x.new_zeros(n, c, h, 2, w, 2)
        z[:, :, :, 0, :, 0] = x
        return F.conv2d(F.pad(z.view(n, c, 2 * h, 2 * w), (2, 2, 2, 2), mode="reflect"), 4 * self.kernel, groups=3)

    def loss(self, x, *noise):
        total = 0.0
        for level, eps in zip(self.levels, noise):
            if level.conditional:
                small = self.down(x)
                condition = self.up(small)
                total, x = total + level(x - condition, condition, eps), small
            else:
                total = total + level(x, None, eps)
        return total


class Flow(nn.Module):
    """C: a U-Net that predicts a flow and warps, six steps unrolled."""

    def __init__(self):
        super().__init__()
        self.c0, self.c1 = nn.Conv2d(2, 16, 3, padding=1), nn.Conv2d(16, 32, 3, stride=2, padding=1)
        self.c2, self.mid = nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.Conv2d(64, 64, 3, padding=1)
        self.u1, self.u0 = nn.Conv2d(96, 32, 3, padding=1), nn.Conv2d(48, 16, 3, padding=1)
        self.out, self.up = nn.Conv2d(16, 2, 3, padding=1), nn.Upsample(scale_factor=2, mode="nearest")
        self.register_buffer("grid", F.affine_grid(torch.eye(2, 3)[None], (1, 1, 28, 28), align_corners=False))

    def flow(self, x):
        def act(v):
            return F.leaky_relu(v, 0.1)
        h0 = act(self.c0(x))
        h1 = act(self.c1(h0))
        h2 = act(self.mid(act(self.c2(h1))))
        d1 = act(self.u1(torch.cat([self.up(h2), h1], 1)))
        return 0.2 * torch.tanh(self.out(act(self.u0(torch.cat([self.up(d1), h0], 1)))))

    def loss(self, x, target):
        total = 0.0
        for _ in range(6):
            grid = self.grid + self.flow(torch.cat([x, target], 1)).permute(0, 2, 3, 1)
            x = F.grid_sample(x, grid, mode="bilinear", padding_mode="border", align_corners=False)
            total = total + F.mse_loss(x, target)
        return total / 6


def network(case):
    """(model, inputs by name) of a training case."""
    if case[0] == "A":
        return Autoencoder(), {"x": torch.rand(1 if case == "A.infer1" else 16, 3, 64, 64)}
    if case[0] == "B":
        noise = {"eps.%d" % i: torch.randn(8, 32) for i in range(4)}
        return Pyramid(), {"x": torch.rand(8, 3, 128, 128), **noise}
    return Flow(), {"x": torch.rand(32, 1, 28, 28), "target": torch.rand(32, 1, 28, 28)}


def layer(name):
    """(function, its parameters, input) of a case of D or E."""
    features = torch.randn(16, 64, 64, 64)
    if name == "grid_sample":
        x = torch.randn(8, 3, 256, 256)
        theta = torch.eye(2, 3)[None].expand(8, 2, 3)
        grid = F.affine_grid(theta, x.shape, align_corners=False)
        grid = (grid + 0.05 * torch.randn_like(grid)).contiguous().requires_grad_(True)
        options = {"mode": "bilinear", "padding_mode": "border", "align_corners": False}
        return lambda v: F.grid_sample(v, grid, **options), [grid], x
    module, x = {
        "conv3x3_s1": lambda: (nn.Conv2d(64, 64, 3, 1, 1), features),
        "conv4x4_s2": lambda: (nn.Conv2d(64, 128, 4, 2, 1), features),
        "convT4x4_s2": lambda: (nn.ConvTranspose2d(128, 64, 4, 2, 1), torch.randn(16, 128, 32, 32)),
        "dense_b16": lambda: (nn.Linear(4096, 1024), torch.randn(16, 4096)),
        "dense_b256": lambda: (nn.Linear(4096, 1024), torch.randn(256, 4096)),
        "groupnorm8": lambda: (nn.GroupNorm(8, 64), features),
        "max_pool2": lambda: (nn.MaxPool2d(2), features),
        "avg_pool2": lambda: (nn.AvgPool2d(2), features),
        "resize_nearest2": lambda: (nn.Upsample(scale_factor=2, mode="nearest"), features),
        "resize_bilinear2": lambda: (nn.Upsample(scale_factor=2, mode="bilinear"), features),
    }[name]()
    return module, list(module.parameters()), x


def training_step(model, inputs):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, foreach=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        model.loss(*inputs).backward()
        optimizer.step()
    return step


def network_run(case, layout):
    model, inputs = network(case)
    model = model.to(memory_format=layout)
    values = [v.to(memory_format=layout) if v.dim() == 4 else v for v in inputs.values()]
    if case.endswith("train"):
        return training_step(model, values)
    model.eval()

    def infer():
        with torch.inference_mode():
            return model(values[0])
    return infer


def layer_run(case, layout):
    _, name, direction = case.split(".")
    function, parameters, x = layer(name)
    if isinstance(function, nn.Module):
        function = function.to(memory_format=layout)
    if x.dim() == 4:
        x = x.to(memory_format=layout)
    x.requires_grad_(True)
    if direction == "fwd":
        def forward():
            with torch.no_grad():
                return function(x)
        return forward
    y = function(x)
    dy = torch.randn_like(y)
    return lambda: torch.autograd.grad(y, [x] + parameters, dy, retain_graph=True)


def measure(run, seconds):
    start, count = time.perf_counter(), 0
    while count < 2 or time.perf_counter() - start < seconds / 4:
        run()
        count += 1
    times, start = [], time.perf_counter()
    while len(times) < 7 or time.perf_counter() - start < seconds:
        one = time.perf_counter()
        run()
        times.append((time.perf_counter() - one) * 1e3)
    times.sort()
    middle = len(times) // 2
    return {"ms": times[middle] if len(times) % 2 else (times[middle - 1] + times[middle]) / 2,
            "ms_min": times[0], "n": len(times)}


def peak_memory_mib():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))


def our_order(name, value, module):
    """A parameter or its gradient with channels innermost, as betwixt keeps it."""
    if value.dim() == 4:
        return value.permute(2, 3, 1, 0)
    owner, kind = name.rsplit(".", 1)
    if not isinstance(module.get_submodule(owner), nn.Linear):
        return value
    prefix = owner.rpartition(".")[0]
    level = module.get_submodule(prefix) if prefix else module
    side, channels = getattr(level, "side", 4), 128 if hasattr(level, "side") else 256
    if owner.endswith("to_z") and kind == "weight":
        return value.view(-1, channels, side, side).permute(2, 3, 1, 0).reshape(-1, value.shape[0])
    if owner.endswith("from_z"):
        picture = value.view(channels, side, side, -1).permute(1, 2, 0, 3).reshape(len(value), -1)
        return picture.t() if kind == "weight" else picture.reshape(-1)
    return value.t() if value.dim() == 2 else value


def save(path, tensors):
    """A safetensors file of float32."""
    header, blobs, offset = {}, [], 0
    for name, value in tensors.items():
        value = value.detach().contiguous().float()
        blob = value.numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def export(case, path):
    model, inputs = network(case)
    loss = model.loss(*inputs.values())
    loss.backward()
    tensors = {"loss": loss}
    for name, value in inputs.items():
        tensors["input." + name] = value.permute(0, 2, 3, 1) if value.dim() == 4 else value
    for name, value in model.named_parameters():
        tensors["weight." + name] = our_order(name, value, model)
        tensors["gradient." + name] = our_order(name, value.grad, model)
    save(path, tensors)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--layout", default="contiguous", choices=["contiguous", "channels_last"])
    parser.add_argument("--export")
    options = parser.parse_args()
    torch.manual_seed(1234)
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    if options.export:
        export(options.case, options.export)
        return
    layout = torch.channels_last if options.layout == "channels_last" else torch.contiguous_format
    if options.case == "import":
        result = measure(lambda: torch.zeros(1), 0.01)
    else:
        make = layer_run if options.case[0] == "D" else network_run
        result = measure(make(options.case, layout), options.seconds)
    result = {k: round(v, 4) for k, v in result.items()}
    print(json.dumps({"bench": "torch", "case": options.case, "variant": options.layout, "threads": options.threads,
                      **result, "rss_mib": round(peak_memory_mib(), 1), "version": torch.__version__}))


if __name__ == "__main__":
    main()
