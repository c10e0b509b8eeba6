"""A small real PyTorch training for test_watch_live.c: train_pytorch.py FOLDER callback|place

callback: with samples/pytorch_watch.py; place: one HDF5 file that stays open and whose values are
overwritten, as for SWMR, with the loss as CSV. Prints a line: saves, and mean seconds of one. Exit 77:
no PyTorch or h5py here."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples"))
try:
    import h5py
    import torch
    from pytorch_watch import Watched
except ImportError as missing:
    print("skipped:", missing)
    sys.exit(77)

folder, how = sys.argv[1:3]
torch.manual_seed(1)
x = torch.randn(2048, 64)
y = (x[:, :8].sum(1, keepdim=True) > 0).float()
layers = [torch.nn.Linear(64, 256), torch.nn.ReLU()]
for _ in range(3):
    layers += [torch.nn.Linear(256, 256), torch.nn.ReLU()]
model = torch.nn.Sequential(*layers, torch.nn.Linear(256, 1))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
times = []


def swmr(path):
    f = h5py.File(path, "w", libver="latest")
    for name, values in model.state_dict().items():
        f[name] = values.numpy()
    f.swmr_mode = True
    return f


def save(step):
    start = time.perf_counter()
    if how == "callback":
        watched.save(step, model)
    else:
        for name, values in model.state_dict().items():
            opened[name][...] = values.numpy()
        opened.flush()
    times.append(time.perf_counter() - start)


watched = Watched(folder)
opened = swmr(os.path.join(folder, "model.h5")) if how == "place" else None
log = open(os.path.join(folder, "history.csv"), "w") if how == "place" else None
if log:
    print("step,train_loss", file=log)
save(0)
for step in range(1, 257):
    rows = torch.randint(0, len(x), (64,))
    loss = torch.nn.functional.binary_cross_entropy_with_logits(model(x[rows]), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if log:
        print(step, loss.item(), sep=",", file=log, flush=True)
    else:
        watched.log(step, loss=loss.item(), lr=1e-3)
    if step % 32 == 0:
        save(step)
        time.sleep(0.2)
if opened:
    opened.close()
print(len(times), sum(times) / len(times))
