"""Writes the small HDF5 files of tests/fixtures/made and what they hold.

For X.h5: X.json lists {path, dtype, shape, offset} and X.bin has the values in row-major order and
little endian at these offsets. Needs numpy and h5py (any 3.x). Run from the top of the repository.
"""
import json
import pathlib
import shutil
import struct
import zlib

import h5py
import numpy as np

OUT = pathlib.Path("tests/fixtures/made")
rng = np.random.default_rng(20)
V110 = ("v110", "v110")


class Truth:
    def __init__(self, name):
        self.name, self.items, self.data = name, [], bytearray()

    def add(self, path, values):
        values = np.ascontiguousarray(values)
        little = values.astype(values.dtype.newbyteorder("<"))
        self.items.append(dict(path=path, dtype=little.dtype.name, shape=list(values.shape),
                               offset=len(self.data)))
        self.data += little.tobytes()

    def save(self):
        (OUT / f"{self.name}.json").write_text(json.dumps(self.items, indent=0) + "\n")
        (OUT / f"{self.name}.bin").write_bytes(self.data)


def floats(*shape, dtype="<f4"):
    # Rounded, so that deflate and LZF have something to do.
    return np.round(rng.normal(size=shape), 1).astype(dtype)


FILTERS = {
    "plain": {},
    "gz": dict(compression="gzip"),
    "gz_shuffle": dict(compression="gzip", shuffle=True),
    "shuffle": dict(shuffle=True),
    "fletcher": dict(fletcher32=True),
    "all": dict(compression="gzip", shuffle=True, fletcher32=True),
    "lzf": dict(compression="lzf"),
    "lzf_shuffle": dict(compression="lzf", shuffle=True),
    "lzf_all": dict(compression="lzf", shuffle=True, fletcher32=True),
}


def put(f, t, path, values, **options):
    f.create_dataset(path, data=values, **options)
    t.add("/" + path, values)


def user_block():
    t = Truth("user_block")
    with h5py.File(OUT / "user_block.h5", "w", userblock_size=1024) as f:
        put(f, t, "contiguous", floats(13, 7))
        for name, options in FILTERS.items():
            put(f, t, f"chunked/{name}", floats(37, 19), chunks=(16, 8), **options)
        f.create_dataset("never", shape=(5, 3), dtype="<f4", fillvalue=2.5)
        t.add("/never", np.full((5, 3), 2.5, "<f4"))
    with open(OUT / "user_block.h5", "r+b") as f:
        f.write(b"a user block" * 10)
    t.save()


def types():
    t = Truth("types")
    with h5py.File(OUT / "types.h5", "w") as f:
        for order, short in (("<", "le"), (">", "be")):
            for kind in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8".split():
                values = (rng.normal(size=(9, 5)) * 50).astype("i1").astype(order + kind)
                put(f, t, f"{short}/{kind}", values)
                put(f, t, f"{short}_gz/{kind}", values, chunks=(4, 4), compression="gzip", shuffle=True,
                    fletcher32=True)
                compact(f, t, f"{short}_compact/{kind}", values)
                fill = np.dtype(order + kind).type(3)
                f.create_dataset(f"{short}_fill/{kind}", shape=(6,), dtype=order + kind, fillvalue=fill)
                t.add(f"/{short}_fill/{kind}", np.full(6, 3, order + kind))
    t.save()


def compact(f, t, path, values):
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    f.require_group(path.rsplit("/", 1)[0])
    space = h5py.h5s.create_simple(values.shape)
    d = h5py.h5d.create(f.id, path.encode(), h5py.h5t.py_create(values.dtype), space, plist)
    d.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
    t.add("/" + path, values)


def masked(f, t, path, chunk, **options):
    """Every chunk with another filter mask, as a writer of raw chunks may leave it."""
    values = floats(*(3 * n for n in chunk))
    d = f.create_dataset(path, shape=values.shape, dtype="<f4", chunks=chunk, compression="gzip",
                         shuffle=True)
    for number, at in enumerate(np.ndindex(3, 3)):
        lo = tuple(i * n for i, n in zip(at, chunk))
        data = values[lo[0]:lo[0] + chunk[0], lo[1]:lo[1] + chunk[1]].tobytes()
        mask = number % 4
        if not mask & 1:
            data = np.frombuffer(data, "u1").reshape(-1, 4).T.tobytes()
        if not mask & 2:
            data = zlib.compress(data)
        d.id.write_direct_chunk(lo, data, mask)
    t.add("/" + path, values)


def grids(name, libver):
    t = Truth(name)
    with h5py.File(OUT / f"{name}.h5", "w", libver=libver) as f:
        put(f, t, "one", floats(100), chunks=(7,), compression="gzip")
        put(f, t, "exact", floats(8, 12), chunks=(4, 6), compression="gzip")
        put(f, t, "edges3", floats(11, 7, 5), chunks=(4, 3, 2), compression="gzip", shuffle=True)
        put(f, t, "edges4", floats(3, 5, 4, 6), chunks=(2, 2, 4, 5))
        put(f, t, "column", floats(50, 3), chunks=(50, 1), compression="lzf")
        put(f, t, "row", floats(3, 50), chunks=(1, 50))
        put(f, t, "whole_rows", floats(20, 4, 3), chunks=(6, 4, 3), compression="gzip")
        put(f, t, "single", floats(6, 5), chunks=(6, 5), compression="gzip")
        put(f, t, "grows", floats(9, 10), chunks=(4, 4), maxshape=(None, 10), compression="gzip")
        put(f, t, "grows2", floats(9, 10), chunks=(4, 4), maxshape=(None, None))
        put(f, t, "small_in_large", floats(3, 3), chunks=(8, 8), maxshape=(None, None))
        masked(f, t, "masked", (5, 6))
        for path, fill in (("missing", 0.0), ("missing_fill", -7.5)):
            values = np.full((30, 20), fill, "<f4")
            values[12:14, 3:17] = floats(2, 14)
            d = f.create_dataset(path, shape=values.shape, dtype="<f4", chunks=(6, 5), fillvalue=fill,
                                 compression="gzip")
            d[12:14, 3:17] = values[12:14, 3:17]
            t.add("/" + path, values)
        # Two chunks in a grid of 10,000.
        d = f.create_dataset("sparse", shape=(1000, 1000), dtype="i1", chunks=(10, 10), fillvalue=1)
        values = np.ones((1000, 1000), "i1")
        d[555, 444] = values[555, 444] = 5
        d[999, 999] = values[999, 999] = 6
        t.items.append(dict(path="/sparse", dtype="int8", shape=[1000, 1000], fill=1,
                            points=[[555444, 5], [999999, 6]]))
        f.create_dataset("never", shape=(9, 9), dtype="<f8", chunks=(4, 4), fillvalue=0.25)
        t.add("/never", np.full((9, 9), 0.25))
    t.save()


def links():
    t = Truth("links")
    with h5py.File(OUT / "links.h5", "w") as f:
        put(f, t, "a/b/w", floats(3, 2))
        f["a/hard"] = f["a/b/w"]
        f["a/group_again"] = f["a/b"]
        f["a/up"] = f["/"]
        f["a/relative"] = h5py.SoftLink("b/w")
        f["a/absolute"] = h5py.SoftLink("/a/b/w")
        f["a/dotted"] = h5py.SoftLink("./b/./w/")
        f["a/through_hard"] = h5py.SoftLink("group_again/w")
        f["a/through_soft"] = h5py.SoftLink("/soft_group/w")
        f["a/to_alias"] = h5py.SoftLink("hard")
        f["soft_group"] = h5py.SoftLink("a/b")
        f["to_root"] = h5py.SoftLink("/")
        f["dangling"] = h5py.SoftLink("/no/such/thing")
        f["under_dataset"] = h5py.SoftLink("/a/b/w/x")
        f["loop1"] = h5py.SoftLink("loop2")
        f["loop2"] = h5py.SoftLink("/loop1")
        f["external"] = h5py.ExternalLink("other.h5", "/x/y")
        f["into_external"] = h5py.SoftLink("external")
        for i in range(30):
            f[f"long/{i:02}"] = h5py.SoftLink(f"{i + 1:02}")
        f["long/30"] = h5py.SoftLink("/a/b/w")
    t.save()


def attributes():
    text = h5py.string_dtype()
    with h5py.File(OUT / "attributes.h5", "w") as f:
        a = f.attrs
        a["vl"] = "variable \u00e9"
        a["vl_ascii"] = np.array("ascii", h5py.string_dtype("ascii"))
        a["vl_list"] = np.array(["a", "", "ccc"], text)
        a["vl_2d"] = np.array([["a", "b"], ["c", "d"]], text)
        a["fixed"] = np.bytes_("full")
        a["fixed_list"] = np.array([b"ab", b"abcd", b""], "S4")
        a["empty_list"] = np.zeros(0, "S4")
        a["empty_vl_list"] = np.zeros(0, text)
        a["null_space"] = h5py.Empty("S4")
        a["int"] = np.int64(-42)
        a["int_be"] = np.array([300], ">u2")
        a["int_small"] = np.int8(-1)
        a["ints"] = np.arange(3)
        a["float"] = 1.5
        a["bool"] = True
        h5py.h5a.create(f.id, b"null_vl", h5py.h5t.py_create(text, logical=True),
                        h5py.h5s.create_simple((2,)))
        t = h5py.h5t.C_S1.copy()
        t.set_size(6)
        t.set_strpad(h5py.h5t.STR_SPACEPAD)
        raw = h5py.h5a.create(f.id, b"spaces", t, h5py.h5s.create(h5py.h5s.SCALAR))
        raw.write(np.array(b"ab    ", "S6"), t)
        f.create_dataset("w", data=floats(2)).attrs["dtype"] = "bfloat16"
        f.create_group("none")


def open_files():
    """Copies of files that a writer has open: what a viewer meets beside a training."""
    for name, swmr in (("open_write", False), ("open_swmr", True)):
        t = Truth(name)
        with h5py.File(OUT / "scratch.h5", "w", libver=V110) as f:
            put(f, t, "w", floats(6, 5))
            put(f, t, "gz", floats(20, 5), chunks=(8, 5), maxshape=(None, 5), compression="gzip")
            f.flush()
            if swmr:
                f.swmr_mode = True
                f.flush()
            shutil.copy(OUT / "scratch.h5", OUT / f"{name}.h5")
        (OUT / "scratch.h5").unlink()
        flags = struct.unpack_from("B", (OUT / f"{name}.h5").read_bytes(), 11)[0]
        assert flags == (5 if swmr else 1), flags
        t.save()


OUT.mkdir(parents=True, exist_ok=True)
user_block()
types()
grids("grids", "earliest")
grids("grids_v110", V110)
links()
attributes()
open_files()
