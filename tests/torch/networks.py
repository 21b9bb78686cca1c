#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Networks in PyTorch, to move weights between it and betwixt.

  networks.py make FOLDER              trains each network a little and writes, for each NAME,
                                       NAME.safetensors (its state dict in the standard layout), NAME.pt and NAME.old.pt
                                       (torch.save, both forms) and NAME.io.safetensors (in, code, out; pictures NHWC)
  networks.py run FOLDER               loads every NAME.ours.safetensors strictly, runs it on the same pictures and
                                       writes NAME.theirs.safetensors (code, out)
  networks.py read OUT IN.pt...        what torch.load finds in files, as one safetensors of f64 named FILE/TENSOR
Exit status 3 when PyTorch is not installed.
"""
import json
import struct
import sys

try:
    import numpy as np
    import torch
    from torch import nn
except ImportError:
    sys.exit(3)

KINDS = {torch.float32: ("F32", "<f4"), torch.float64: ("F64", "<f8"), torch.int64: ("I64", "<i8")}


def write(path, tensors):
    header, blobs, at = {}, [], 0
    for name, t in tensors.items():
        kind, numpy_kind = KINDS[t.dtype]
        raw = np.ascontiguousarray(t.detach().numpy(), dtype=numpy_kind).tobytes()
        header[name] = {"dtype": kind, "shape": list(t.shape), "data_offsets": [at, at + len(raw)]}
        blobs.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        data = f.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        kind = {"F32": "<f4", "F64": "<f8", "I64": "<i8"}[entry["dtype"]]
        tensors[name] = torch.from_numpy(np.frombuffer(data[begin:end], kind).reshape(entry["shape"]).copy())
    return tensors


class Upsample(nn.Module):
    """betwixt's default autoencoder for 64x64x3."""

    def __init__(self, channels=64, code=3):
        super().__init__()
        widths = [max(4 * channels >> k, 8) for k in (3, 2, 1, 0)]
        layers, last = [], 3
        for width in widths:
            layers += [nn.Conv2d(last, width, 3, 2, 1), nn.LeakyReLU(0.2)]
            last = width
        self.encoder = nn.Sequential(*layers)
        self.to_code = nn.Linear(last * 16, code)
        self.from_code = nn.Linear(code, last * 16)
        layers = []
        for width in widths[-2::-1] + [3]:
            layers += [nn.Upsample(scale_factor=2), nn.Conv2d(last, width, 3, 1, 1),
                       nn.LeakyReLU(0.2) if width != 3 else nn.Sigmoid()]
            last = width
        self.decoder = nn.Sequential(*layers)
        self.start = [widths[-1], 4, 4]

    def forward(self, x):
        code = self.to_code(self.encoder(x).flatten(1))
        y = nn.functional.leaky_relu(self.from_code(code), 0.2).view(-1, *self.start)
        return code, self.decoder(y)


class Report(nn.Module):
    """The published denoising autoencoder (models/DAE.py), on pictures in [0, 1] as betwixt has them."""

    def __init__(self, c=64, code=3):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, c, 3, 2, 1), nn.ReLU(), nn.MaxPool2d(2, 2),
                                     nn.Conv2d(c, c // 2, 3, 2, 1), nn.ReLU(), nn.MaxPool2d(2, 1),
                                     nn.Conv2d(c // 2, c // 4, 3, 2, 0), nn.ReLU())
        self.to_code = nn.Linear(9 * c // 4, code)
        self.from_code = nn.Linear(code, 4096)
        self.decoder = nn.Sequential(nn.ConvTranspose2d(16, 32, 3, 2), nn.ReLU(), nn.ConvTranspose2d(32, 64, 3, 2),
                                     nn.ReLU(), nn.ConvTranspose2d(64, 3, 2, 1, 2), nn.Tanh())

    def forward(self, x):
        code = self.to_code(self.encoder(2 * x - 1).flatten(1))
        return code, self.decoder(self.from_code(code).view(-1, 16, 16, 16)) / 2 + 0.5


class Layers(nn.Module):
    """Every kind of layer with weights: groups, transposed groups, batch, group and layer norm, flatten both ways."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
                                     nn.Conv2d(8, 12, 3, 2, 1, groups=4), nn.GroupNorm(3, 12), nn.LeakyReLU(0.2), nn.LayerNorm([12, 4, 6]))
        self.features = nn.LayerNorm(12 * 4 * 6)
        self.to_code = nn.Linear(12 * 4 * 6, 5)
        self.norm = nn.LayerNorm(5)
        self.from_code = nn.Linear(5, 6 * 4 * 6)
        self.spread = nn.BatchNorm1d(6 * 4 * 6)
        self.decoder = nn.Sequential(nn.ConvTranspose2d(6, 10, 4, 2, 1, groups=2), nn.BatchNorm2d(10), nn.Tanh(),
                                     nn.ConvTranspose2d(10, 3, 3, 2, 1, output_padding=1), nn.Sigmoid())

    def forward(self, x):
        code = self.norm(self.to_code(self.features(self.encoder(x).flatten(1))))
        return code, self.decoder(torch.relu(self.spread(self.from_code(code))).view(-1, 6, 4, 6))


NETWORKS = {"upsample": (Upsample, (64, 64), 3), "report": (Report, (64, 64), 3), "layers": (Layers, (16, 24), 8)}


def results(net, x):
    net.eval()
    with torch.no_grad():
        code, out = net(x)
    return {"code": code, "out": out.permute(0, 2, 3, 1).contiguous()}


def make(folder):
    for name, (kind, size, batch) in NETWORKS.items():
        torch.manual_seed(7)
        net = kind()
        x = torch.rand(batch, 3, *size)
        optimizer = torch.optim.Adam(net.parameters(), 3e-3)
        for _ in range(4):
            optimizer.zero_grad()
            nn.functional.mse_loss(net(x)[1], x).backward()
            optimizer.step()
        base = "%s/%s" % (folder, name)
        write(base + ".safetensors", net.state_dict())
        torch.save(net.state_dict(), base + ".pt")
        torch.save(net.state_dict(), base + ".old.pt", _use_new_zipfile_serialization=False)
        write(base + ".io.safetensors", dict(results(net, x), **{"in": x.permute(0, 2, 3, 1).contiguous()}))


def run(folder):
    for name, (kind, _, _) in NETWORKS.items():
        base = "%s/%s" % (folder, name)
        net = kind()
        net.load_state_dict(read(base + ".ours.safetensors"), strict=True)
        write(base + ".theirs.safetensors",
              results(net, read(base + ".io.safetensors")["in"].permute(0, 3, 1, 2).contiguous()))


def found(out, *paths):
    tensors = {}
    for path in paths:
        for name, t in torch.load(path, map_location="cpu").items():
            tensors["%s/%s" % (path.split("/")[-1], name)] = t.double()
    write(out, tensors)


if __name__ == "__main__":
    torch.set_num_threads(2)
    {"make": make, "run": run, "read": found}[sys.argv[1]](*sys.argv[2:])
