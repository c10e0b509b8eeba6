#!/usr/bin/env python3
"""What h5py does to a file while it saves, as operations that a test repeats at its own pace.

    make_watch.py            writes rewrite.ops, swmr.ops and their numbers beside this script

An .ops file: records of one letter and numbers, little-endian:
    T u64          the file's length becomes that
    W u64 u32 ...  bytes at an offset
    F              all that belongs to one state is written (a close, or a flush)
"""
import io, os, struct, sys, tempfile
import h5py
import numpy as np

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "watch")


class Recorder(io.RawIOBase):
    """A file in memory that notes every change of it."""

    def __init__(self):
        self.bytes, self.at, self.ops = bytearray(), 0, []

    def readable(self): return True
    def writable(self): return True
    def seekable(self): return True
    def tell(self): return self.at
    def flush(self): pass

    def seek(self, offset, whence=0):
        self.at = offset + (0, self.at, len(self.bytes))[whence]
        return self.at

    def readinto(self, buffer):
        part = self.bytes[self.at:self.at + len(buffer)]
        buffer[:len(part)] = part
        self.at += len(part)
        return len(part)

    def write(self, data):
        data = bytes(data)
        self.bytes.extend(b"\0" * (self.at - len(self.bytes)))
        self.bytes[self.at:self.at + len(data)] = data
        self.ops.append(b"W" + struct.pack("<QI", self.at, len(data)) + data)
        self.at += len(data)
        return len(data)

    def truncate(self, size=None):
        size = self.at if size is None else size
        self.bytes = self.bytes[:size].ljust(size, b"\0")
        self.ops.append(b"T" + struct.pack("<Q", size))
        return size


def weights(f, seed):
    random = np.random.default_rng(seed)
    for block in range(3):
        for name, shape in (("attn/kernel", (24, 24)), ("mlp/kernel", (24, 48)), ("mlp/bias", (48,))):
            f[f"layers/{block}/{name}"] = random.standard_normal(shape).astype("f4")


def rewrite():
    """Three saves over each other, as h5py.File(path, "w") makes them."""
    ops = []
    for seed in range(3):
        r = Recorder()
        with h5py.File(r, "w") as f:
            weights(f, seed)
        ops += [b"T" + struct.pack("<Q", 0)] + r.ops + [b"F"]
    return ops


def swmr():
    """A file that is open for SWMR, values and lengths change; its state after every flush, as the
    difference from the one before."""
    ops, before = [], b""
    random = np.random.default_rng(7)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "swmr.h5")
        with h5py.File(path, "w", libver="latest") as f:
            sets = [f.create_dataset(f"layers/{i}/kernel", data=random.standard_normal((16, 16)).astype("f4"),
                                     chunks=(8, 16), maxshape=(None, 16)) for i in range(4)]
            f.swmr_mode = True
            for step in range(4):
                for d in sets:
                    d[:] = d[:] + 0.01 * random.standard_normal(d.shape).astype("f4")
                    d.flush()
                f.flush()
                now = open(path, "rb").read()
                ops += difference(before, now) + [b"F"]
                before = now
    return ops


def difference(before, now):
    ops = [] if before else [b"T" + struct.pack("<Q", 0)]
    if len(now) != len(before):
        ops.append(b"T" + struct.pack("<Q", len(now)))
    before = before[:len(now)].ljust(len(now), b"\0")
    for at in range(0, len(now), 512):
        piece = now[at:at + 512]
        if piece != before[at:at + 512]:
            ops.append(b"W" + struct.pack("<QI", at, len(piece)) + piece)
    return ops


def main():
    os.makedirs(here, exist_ok=True)
    for name, ops in (("rewrite", rewrite()), ("swmr", swmr())):
        with open(os.path.join(here, name + ".ops"), "wb") as f:
            f.write(b"".join(ops))
        print(name, len(ops), "operations")
    print("h5py", h5py.__version__, "HDF5", h5py.version.hdf5_version, file=sys.stderr)


main()
