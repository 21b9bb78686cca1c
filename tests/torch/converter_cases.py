#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Files for tools/pt_to_safetensors: well-made ones with known values, and hostile ones.

  converter_cases.py FOLDER MARKER TOOL

Writes FOLDER/good_*.pt (tensor "w" = [[0, 1, 2], [3, 4, 5]] in several types and orders of memory) and FOLDER/bad_*.pt,
some of which would create MARKER if anything in them were run; then runs TOOL on each: NAME.pt becomes NAME.safetensors,
where the text "old" stood before, its messages NAME.log.
"""
import contextlib
import importlib.machinery
import io
import os
import pickle
import struct
import sys
import types
import zipfile


class Raw:
    """Pickles as a call of module.name(*arguments), without the module."""

    def __init__(self, module, name, *arguments):
        self.module, self.name, self.arguments = module, name, arguments


class Named:
    def __init__(self, module, name):
        self.module, self.name = module, name


def pickled(value, protocol=2):
    """A pickle written opcode by opcode, for names that need not exist."""
    out = io.BytesIO()
    out.write(b"\x80" + bytes([protocol]))

    def put(v):
        if isinstance(v, Named):
            out.write(b"c" + v.module.encode() + b"\n" + v.name.encode() + b"\n")
        elif isinstance(v, Raw):
            put(Named(v.module, v.name))
            put(v.arguments)
            out.write(b"R")
        elif isinstance(v, Storage):
            put(("storage", Named("torch", v.kind), v.key, "cpu", v.count))
            out.write(b"Q")
        elif isinstance(v, tuple):
            out.write(b"(")
            for item in v:
                put(item)
            out.write(b"t")
        elif isinstance(v, dict):
            out.write(b"}")
            for key, item in v.items():
                put(key)
                put(item)
                out.write(b"s")
        elif v is None or isinstance(v, bool):
            out.write({None: b"N", True: b"\x88", False: b"\x89"}[v])
        elif isinstance(v, int):
            raw = v.to_bytes(9, "little", signed=True)
            out.write(b"\x8a\x09" + raw)
        else:
            raw = v.encode()
            out.write(b"X" + struct.pack("<I", len(raw)) + raw)

    put(value)
    out.write(b".")
    return out.getvalue()


class Storage:
    def __init__(self, kind, key, count):
        self.kind, self.key, self.count = kind, key, count


def tensor(kind="FloatStorage", key="0", count=6, offset=0, shape=(2, 3), strides=(3, 1)):
    return Raw("torch._utils", "_rebuild_tensor_v2", Storage(kind, key, count), offset, shape, strides, False,
               Raw("collections", "OrderedDict"))


def archive(path, root, data, compression=zipfile.ZIP_STORED, extra=()):
    with zipfile.ZipFile(path, "w", compression) as z:
        z.writestr("net/data.pkl", root if isinstance(root, bytes) else pickled(root))
        for key, raw in data.items():
            z.writestr("net/data/" + key, raw)
        for name, raw in extra:
            z.writestr(name, raw)


def floats(values):
    return struct.pack("<%df" % len(values), *values)


ROW = floats([0, 1, 2, 3, 4, 5])
PACKED = {"FloatStorage": ROW, "DoubleStorage": struct.pack("<6d", *range(6)),
          "HalfStorage": struct.pack("<6e", *range(6)), "LongStorage": struct.pack("<6q", *range(6)),
          "IntStorage": struct.pack("<6i", *range(6)), "ShortStorage": struct.pack("<6h", *range(6)),
          "CharStorage": bytes(range(6)), "ByteStorage": bytes(range(6)),
          "BFloat16Storage": b"".join(struct.pack("<f", v)[2:] for v in range(6))}


def good(folder):
    for kind, raw in PACKED.items():
        archive("%s/good_%s.pt" % (folder, kind), {"w": tensor(kind)}, {"0": raw})
    archive(folder + "/good_transposed.pt", {"w": tensor(strides=(1, 2))}, {"0": floats([0, 3, 1, 4, 2, 5])})
    archive(folder + "/good_part.pt", {"w": tensor(count=9, offset=2)}, {"0": floats([9, 9]) + ROW + floats([9])})
    archive(folder + "/good_nested.pt", {"epoch": 3, "net": {"w": tensor()}}, {"0": ROW})
    archive(folder + "/good_parameter.pt",
            {"w": Raw("torch._utils", "_rebuild_parameter", tensor(), True, Raw("collections", "OrderedDict"))},
            {"0": ROW}, zipfile.ZIP_DEFLATED)
    archive(folder + "/good_protocol4.pt",
            pickled({"w": tensor()}, 4).replace(b"ccollections\nOrderedDict\n",
                                                b"\x8c\x0bcollections\x8c\x0bOrderedDict\x93"), {"0": ROW})


class Touch:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def hostile(folder, marker):
    archive(folder + "/bad_call.pt", pickle.dumps({"w": Touch(marker)}, 2), {"0": ROW})
    archive(folder + "/bad_builtin.pt", {"w": Raw("builtins", "exec", "open(%r, 'w')" % marker)}, {"0": ROW})
    archive(folder + "/bad_eval_old.pt", {"w": Raw("__builtin__", "eval", "open(%r, 'w')" % marker)}, {"0": ROW})
    archive(folder + "/bad_load.pt", {"w": Raw("torch", "load", marker)}, {"0": ROW})
    archive(folder + "/bad_name.pt", {"w": Named("os", "system")}, {"0": ROW})
    archive(folder + "/bad_stack_name.pt", b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.", {"0": ROW})
    archive(folder + "/bad_object.pt", b"\x80\x02ccollections\nOrderedDict\n)\x81.", {"0": ROW})
    archive(folder + "/bad_instance.pt", b"(S'true'\nios\nsystem\n.", {"0": ROW})
    archive(folder + "/bad_extension.pt", b"\x80\x02\x82\x01.", {"0": ROW})
    with open(folder + "/bad_old_form.pt", "wb") as f:
        f.write(pickle.dumps(Touch(marker), 2))


def damaged(folder):
    archive(folder + "/bad_reach.pt", {"w": tensor(offset=1)}, {"0": ROW})
    archive(folder + "/bad_stride.pt", {"w": tensor(strides=(4, 1))}, {"0": ROW})
    archive(folder + "/bad_negative.pt", {"w": tensor(strides=(-1, 1))}, {"0": ROW})
    archive(folder + "/bad_huge.pt", {"w": tensor(shape=(1 << 40, 1 << 40), strides=(0, 0))}, {"0": ROW})
    archive(folder + "/bad_short.pt", {"w": tensor()}, {"0": ROW[:20]})
    archive(folder + "/bad_missing.pt", {"w": tensor(key="1")}, {"0": ROW})
    archive(folder + "/bad_path.pt", {"w": tensor(key="../../secret")}, {"0": ROW})
    archive(folder + "/bad_bomb.pt", {"w": tensor()}, {"0": bytes(1 << 24)}, zipfile.ZIP_DEFLATED)
    archive(folder + "/bad_two_pickles.pt", {"w": tensor()}, {"0": ROW}, extra=[("more/data.pkl", b".")])
    archive(folder + "/bad_script.pt", {"w": tensor()}, {"0": ROW}, extra=[("net/code/model.py", b"")])
    archive(folder + "/bad_big_endian.pt", {"w": tensor()}, {"0": ROW}, extra=[("net/byteorder", b"big")])
    archive(folder + "/bad_no_tensors.pt", {"epoch": 3}, {})
    archive(folder + "/bad_twice.pt", pickled({"w": tensor()})[:-1] + b"X\x01\0\0\0wNs.", {"0": ROW})
    archive(folder + "/bad_memo.pt", b"\x80\x02}r\xff\xff\xff\x7fj\xff\xff\xff\x7e.", {"0": ROW})
    archive(folder + "/bad_deep.pt", b"\x80\x02" + b"]" * 5000 + b"a" * 4999 + b".", {})
    archive(folder + "/bad_cycle.pt", b"\x80\x02]q\x00(" + b"h\x00" * 10 + b"e.", {})
    archive(folder + "/bad_no_end.pt", b"\x80\x02}", {})
    whole = open(folder + "/good_FloatStorage.pt", "rb").read()
    for i in range(0, len(whole), 197):
        with open("%s/bad_prefix%03d.pt" % (folder, i), "wb") as f:
            f.write(whole[:i])


def run(tool, folder):
    """Every file in one process, for time's sake."""
    loader = importlib.machinery.SourceFileLoader("pt_to_safetensors", tool)
    sys.dont_write_bytecode = True
    module = types.ModuleType(loader.name)
    loader.exec_module(module)
    for name in sorted(os.listdir(folder)):
        base = os.path.join(folder, name[:-3])
        with open(base + ".safetensors", "w") as old:
            old.write("old")
        messages = io.StringIO()
        sys.argv = [tool, base + ".pt", base + ".safetensors"]
        with contextlib.redirect_stdout(messages), contextlib.redirect_stderr(messages):
            status = module.main()
        with open(base + ".log", "w") as log:
            log.write("%d %s" % (status, messages.getvalue()))


if __name__ == "__main__":
    os.makedirs(sys.argv[1], exist_ok=True)
    good(sys.argv[1])
    hostile(*sys.argv[1:3])
    damaged(sys.argv[1])
    run(sys.argv[3], sys.argv[1])
