#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random op configurations with PyTorch's fp64 results and gradients, as one safetensors file.

  cases.py OUT.safetensors [COUNT] [SEED]

Tensors are written in betwixt's layouts (pictures NHWC, convolution weights [kh, kw, in/groups, out]). Case i has
inputs "i.in0" ..., the output "i.out", the weights of the scalar "i.seed" (loss = sum(out * seed)) and the gradients
"i.grad0" ...; its op and options stand in the metadata entry "cases", a JSON list.
Exit status 3 when PyTorch is not installed.
"""
import itertools
import json
import random
import struct
import sys

try:
    import numpy as np
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit(3)

PICK = random.Random()


def nhwc(t):
    return t.permute(0, 2, 3, 1)


def nchw(t):
    return t.permute(0, 3, 1, 2).contiguous()


def rand(*shape):
    return torch.rand(shape, dtype=torch.float64) * 2 - 1


def leaf(t):
    return t.detach().clone().requires_grad_(True)


def act(y, name, slope):
    return {"none": lambda: y, "relu": lambda: F.relu(y), "leaky_relu": lambda: F.leaky_relu(y, slope),
            "sigmoid": lambda: torch.sigmoid(y), "tanh": lambda: torch.tanh(y)}[name]()


def pick_act():
    return PICK.choice(["none", "relu", "leaky_relu", "sigmoid", "tanh"]), PICK.choice([0.25, 0.0625])


def conv2d():
    while True:
        g = PICK.choice([1, 1, 1, 2, 3])
        cin, cout = g * PICK.choice([1, 2, 3, 5]), g * PICK.choice([1, 2, 3, 4, 7])
        k, s, p, d = (PICK.choice(v) for v in ([1, 2, 3, 4, 5], [1, 1, 2, 3], [0, 1, 2], [1, 1, 2]))
        n, h, w = PICK.choice([1, 2, 3]), PICK.randint(1, 13), PICK.randint(1, 13)
        up = PICK.choice([1, 1, 1, 2])
        if min(h, w) * up + 2 * p >= d * (k - 1) + 1:
            break
    a, slope = pick_act()
    x, wt, b = leaf(rand(n, h, w, cin)), leaf(rand(k, k, cin // g, cout)), leaf(rand(cout))
    img = nchw(x)
    if up > 1:
        img = F.interpolate(img, scale_factor=up, mode="nearest")
    y = act(nhwc(F.conv2d(img, wt.permute(3, 2, 0, 1).contiguous(), b, s, p, d, g)), a, slope)
    return {"op": "conv2d", "stride": s, "padding": p, "dilation": d, "groups": g, "upsample": up,
            "activation": a, "slope": slope}, [x, wt, b], y


def conv2d_transpose():
    while True:
        g = PICK.choice([1, 1, 2])
        cin, cout = g * PICK.choice([1, 2, 3, 5]), g * PICK.choice([1, 2, 3, 4])
        k, s, p, d = (PICK.choice(v) for v in ([1, 2, 3, 4, 5], [1, 2, 2, 3], [0, 1, 2], [1, 1, 2]))
        op = PICK.choice([0, 0, 1])
        n, h, w = PICK.choice([1, 2]), PICK.randint(1, 8), PICK.randint(1, 8)
        if (op == 0 or op < s) and (min(h, w) - 1) * s - 2 * p + d * (k - 1) + op + 1 > 0:
            break
    a, slope = pick_act()
    x, wt, b = leaf(rand(n, h, w, cin)), leaf(rand(k, k, cin, cout // g)), leaf(rand(cout))
    y = F.conv_transpose2d(nchw(x), wt.permute(2, 3, 0, 1).contiguous(), b, s, p, op, g, d)
    return {"op": "conv2d_transpose", "stride": s, "padding": p, "output_padding": op, "dilation": d, "groups": g,
            "activation": a, "slope": slope}, [x, wt, b], act(nhwc(y), a, slope)


def dense():
    n, i, o = PICK.randint(1, 9), PICK.randint(1, 33), PICK.randint(1, 17)
    a, slope = pick_act()
    x, w, b = leaf(rand(n, i)), leaf(rand(i, o)), leaf(rand(o))
    return {"op": "dense", "activation": a, "slope": slope}, [x, w, b], act(x @ w + b, a, slope)


def matmul():
    m, k, n = PICK.randint(1, 20), PICK.randint(1, 20), PICK.randint(1, 20)
    ta, tb = PICK.choice([True, False]), PICK.choice([True, False])
    batch = PICK.choice([(), (3,)])
    a = leaf(rand(*batch, *((k, m) if ta else (m, k))))
    b = leaf(rand(*batch, *((n, k) if tb else (k, n))))
    y = (a.transpose(-1, -2) if ta else a) @ (b.transpose(-1, -2) if tb else b)
    return {"op": "matmul", "transpose_a": ta, "transpose_b": tb}, [a, b], y


def pool(kind):
    k = PICK.choice([2, 3])
    s = PICK.choice([1, 2, 3])
    p = PICK.choice([0, 1])
    ceil = PICK.choice([True, False])
    x = leaf(rand(PICK.choice([1, 2]), PICK.randint(3, 11), PICK.randint(3, 11), PICK.choice([1, 3, 5])))
    include = PICK.choice([True, False])
    y = F.max_pool2d(nchw(x), k, s, p, ceil_mode=ceil) if kind == "max_pool" else \
        F.avg_pool2d(nchw(x), k, s, p, ceil_mode=ceil, count_include_pad=include)
    return {"op": kind, "kernel": k, "stride": s, "padding": p, "ceil_mode": ceil,
            "count_include_pad": include}, [x], nhwc(y)


def resize(kind):
    x = leaf(rand(PICK.choice([1, 2]), PICK.randint(1, 9), PICK.randint(1, 9), PICK.choice([1, 3])))
    h, w = PICK.randint(1, 15), PICK.randint(1, 15)
    align = PICK.choice([True, False])
    if kind == "resize_nearest":
        h, w = x.shape[1] * PICK.choice([1, 2, 3]), x.shape[2] * PICK.choice([1, 2, 3])
        y = F.interpolate(nchw(x), (h, w), mode="nearest")
    else:
        y = F.interpolate(nchw(x), (h, w), mode="bilinear", align_corners=align)
    return {"op": kind, "height": h, "width": w, "align_corners": align}, [x], nhwc(y)


def norm(kind):
    c = PICK.choice([4, 6, 8])
    x = leaf(rand(PICK.choice([2, 3]), PICK.randint(2, 6), PICK.randint(2, 6), c) * 2 + 0.5)
    s, b = leaf(rand(c) + 1.5), leaf(rand(c))
    g = PICK.choice([1, 2])
    if kind == "batch_norm":
        y = nhwc(F.batch_norm(nchw(x), None, None, s, b, True, 0.1, 1e-5))
    elif kind == "group_norm":
        y = nhwc(F.group_norm(nchw(x), g, s, b, 1e-5))
    else:
        y = F.layer_norm(x, (c,), s, b, 1e-5)
    return {"op": kind, "groups": g}, [x, s, b], y


def unary():
    name = PICK.choice(["exp", "log", "sqrt", "tanh", "sigmoid", "softplus", "sin", "cos", "elu", "silu", "abs", "square",
                        "rsqrt", "reciprocal"])
    x = rand(PICK.randint(1, 5), PICK.randint(1, 40)) * 2
    if name in ("log", "sqrt", "rsqrt", "reciprocal"):
        x = x.abs() + 0.1
    x = leaf(x)
    y = {"elu": F.elu, "silu": F.silu, "softplus": F.softplus}.get(name) or getattr(torch, name)
    return {"op": "unary", "name": name}, [x], y(x)


def binary():
    name = PICK.choice(["add", "sub", "mul", "div", "minimum", "maximum", "pow"])
    shapes = PICK.choice([((3, 4), (3, 4)), ((2, 3, 5), (5,)), ((2, 1, 5), (3, 1)), ((4,), (2, 3, 4)), ((1,), (7,)),
                          ((2, 3, 4, 5), (3, 1, 5))])
    a, b = leaf(rand(*shapes[0]).abs() + 0.2), leaf(rand(*shapes[1]).abs() + 0.2)
    return {"op": "binary", "name": name}, [a, b], getattr(torch, name)(a, b)


def reduce():
    name = PICK.choice(["sum", "mean", "amax", "amin"])
    rank = PICK.randint(1, 4)
    x = leaf(rand(*[PICK.randint(1, 6) for _ in range(rank)]))
    axes = sorted(PICK.sample(range(rank), PICK.randint(1, rank)))
    keep = PICK.choice([True, False])
    return {"op": "reduce", "name": name, "axes": axes, "keep": keep}, [x], getattr(torch, name)(x, axes, keep)


def softmax():
    x = leaf(rand(PICK.randint(1, 6), PICK.randint(1, 17)) * 4)
    log = PICK.choice([True, False])
    return {"op": "log_softmax" if log else "softmax"}, [x], (F.log_softmax if log else F.softmax)(x, -1)


def loss():
    name = PICK.choice(["mse", "l1", "huber", "bce_with_logits"])
    t = rand(3, 17)
    x, t = leaf(rand(3, 17) * 3), leaf(t.abs() if name == "bce_with_logits" else t)
    y = {"mse": F.mse_loss, "l1": F.l1_loss, "huber": F.huber_loss,
         "bce_with_logits": F.binary_cross_entropy_with_logits}[name](x, t)
    return {"op": "loss", "name": name}, [x, t], y.reshape(1)


def pad():
    mode = PICK.choice(["zero", "clamp", "reflect"])
    x = leaf(rand(PICK.choice([1, 2]), PICK.randint(4, 8), PICK.randint(4, 8), 3))
    p = [PICK.randint(0, 3) for _ in range(4)]
    y = F.pad(nchw(x), p, {"zero": "constant", "clamp": "replicate", "reflect": "reflect"}[mode])
    return {"op": "pad", "mode": mode, "left": p[0], "right": p[1], "top": p[2], "bottom": p[3]}, [x], nhwc(y)


GRID_OPTIONS = itertools.cycle(itertools.product(("nearest", "bilinear", "bicubic"), ("zeros", "border", "reflection"),
                                                 (False, True)))


def grid_sample():
    mode, padding, align = next(GRID_OPTIONS)
    n, h, w, c = PICK.choice([1, 2]), PICK.randint(1, 9), PICK.randint(1, 9), PICK.choice([1, 2, 3, 4, 5])
    x, grid = leaf(rand(n, h, w, c)), leaf(rand(n, PICK.randint(1, 7), PICK.randint(1, 7), 2) * 2.5)
    y = F.grid_sample(nchw(x), grid, mode, padding, align)
    return {"op": "grid_sample", "mode": mode, "padding": padding, "align_corners": align}, [x, grid], nhwc(y)


def affine_grid():
    n, h, w, align = PICK.choice([1, 2]), PICK.randint(1, 9), PICK.randint(1, 9), PICK.choice([True, False])
    theta = leaf(rand(n, 2, 3))
    y = F.affine_grid(theta, [n, 1, h, w], align)
    return {"op": "affine_grid", "height": h, "width": w, "align_corners": align}, [theta], y


MAKERS = [(conv2d, 60), (conv2d_transpose, 36), (dense, 16), (matmul, 16), (lambda: pool("max_pool"), 14),
          (lambda: pool("avg_pool"), 14), (lambda: resize("resize_nearest"), 8), (lambda: resize("resize_bilinear"), 14),
          (lambda: norm("batch_norm"), 10), (lambda: norm("group_norm"), 10), (lambda: norm("layer_norm"), 8), (unary, 28),
          (binary, 20), (reduce, 20), (softmax, 10), (loss, 12), (pad, 12),
          (grid_sample, 54), (affine_grid, 8)]


def write(path, tensors, metadata):
    header, blobs, at = {"__metadata__": metadata}, [], 0
    for name, t in tensors.items():
        raw = np.ascontiguousarray(t.detach().numpy(), dtype="<f8").tobytes()
        header[name] = {"dtype": "F64", "shape": list(t.shape), "data_offsets": [at, at + len(raw)]}
        blobs.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else sum(n for _, n in MAKERS)
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    PICK.seed(seed)
    torch.manual_seed(seed)
    tensors, cases = {}, []
    scale = count / sum(n for _, n in MAKERS)
    for make, share in MAKERS:
        for _ in range(max(1, round(share * scale))):
            options, inputs, out = make()
            i = len(cases)
            weights = rand(*out.shape)
            grads = torch.autograd.grad((out * weights).sum(), inputs, allow_unused=True)
            for k, (x, g) in enumerate(zip(inputs, grads)):
                tensors["%d.in%d" % (i, k)] = x
                tensors["%d.grad%d" % (i, k)] = g if g is not None else torch.zeros_like(x)
            tensors["%d.out" % i], tensors["%d.seed" % i] = out, weights
            cases.append(dict(options, inputs=len(inputs)))
    write(sys.argv[1], tensors, {"cases": json.dumps(cases), "torch": torch.__version__})


if __name__ == "__main__":
    main()
