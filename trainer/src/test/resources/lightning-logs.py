"""Writes lightning-logs.jsonl: random calls of log in random hooks, and what PyTorch Lightning makes of them.

Needs torch and lightning; usage: python lightning-logs.py > lightning-logs.jsonl
"""
import json
import logging
import random
import sys
import warnings

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.loggers.logger import Logger
from torch.utils.data import DataLoader

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)

HOOKS = ["on_train_start", "on_train_epoch_start", "on_train_batch_start", "training_step", "on_before_optimizer_step", "on_train_batch_end",
         "on_train_epoch_end", "on_validation_start", "on_validation_epoch_start", "on_validation_batch_start", "validation_step",
         "on_validation_batch_end", "on_validation_epoch_end"]


class Rows(Logger):
    def __init__(self):
        super().__init__()
        self.rows = []

    name = property(lambda self: "rows")
    version = property(lambda self: 0)

    def log_hyperparams(self, *args, **kwargs):
        pass

    def log_metrics(self, metrics, step):
        self.rows.append([step, {k: number(v) for k, v in sorted(metrics.items())}])


def number(v):
    return round(float(v), 5)


def batches(sizes):
    return DataLoader([torch.ones(n, 2) for n in sizes], batch_size=None)


class Model(LightningModule):
    def __init__(self, c):
        super().__init__()
        self.c, self.calls = c, 0
        self.layer = torch.nn.Linear(2, 1)

    def write(self, hook):
        for call in self.c["calls"]:
            if call["hook"] == hook:
                self.calls += 1
                v = float(self.calls * 7 % 13 + call["add"])
                args = {k: call[k] for k in ("on_step", "on_epoch", "reduce_fx", "prog_bar", "logger", "batch_size", "add_dataloader_idx") if k in call}
                self.log(call["name"], torch.tensor(v) if call["tensor"] else v, **args)

    def training_step(self, batch, batch_idx):
        self.write("training_step")
        return self.layer(batch).mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def hook(name):
    def run(self, *args, **kwargs):
        self.write(name)
    return run


for h in HOOKS:
    if h not in ("training_step", "validation_step", "on_validation_batch_start", "on_validation_batch_end"):
        setattr(Model, h, hook(h))


class One(Model):
    def validation_step(self, batch, batch_idx):
        self.write("validation_step")

    def on_validation_batch_start(self, batch, batch_idx):
        self.write("on_validation_batch_start")

    def on_validation_batch_end(self, outputs, batch, batch_idx):
        self.write("on_validation_batch_end")


class Several(Model):
    def validation_step(self, batch, batch_idx, dataloader_idx):
        self.write("validation_step")

    def on_validation_batch_start(self, batch, batch_idx, dataloader_idx):
        self.write("on_validation_batch_start")

    def on_validation_batch_end(self, outputs, batch, batch_idx, dataloader_idx):
        self.write("on_validation_batch_end")


def settings(r):
    c = {"train": [r.randint(1, 4) for _ in range(r.randint(1, 4))], "val": [[r.randint(1, 4) for _ in range(r.randint(1, 3))] for _ in range(r.choice([1, 1, 2]))],
         "flags": {"max_epochs": r.randint(1, 2), "log_every_n_steps": r.choice([1, 1, 2, 3]), "num_sanity_val_steps": r.choice([0, 0, 1])}}
    if r.random() < 0.2:
        c["flags"]["accumulate_grad_batches"] = 2
    c["calls"] = []
    for i in range(r.randint(1, 4)):
        call = {"hook": r.choice(HOOKS), "name": r.choice(["a", "b", "c/d", "e"]) + str(i), "tensor": r.random() < 0.5, "add": i}
        by_step = "batch" in call["hook"] or call["hook"].endswith("_step")
        if r.random() < (0.5 if by_step else 0.05):
            call["on_step"] = r.random() < 0.7
        if r.random() < 0.5:
            call["on_epoch"] = r.random() < (0.8 if by_step else 0.97)
        if r.random() < 0.4:
            call["reduce_fx"] = r.choice(["mean", "sum", "min", "max", "avg", "sum", "Mean", "MAX", "mean", "sum", "median"])
        if r.random() < 0.3:
            call["prog_bar"] = True
        if r.random() < 0.15:
            call["logger"] = False
        if r.random() < 0.2:
            call["batch_size"] = r.randint(1, 5)
        if r.random() < 0.15 and len(c["val"]) == 1:
            call["add_dataloader_idx"] = False
        c["calls"].append(call)
    return c


def run(c):
    rows = Rows()
    model = (One if len(c["val"]) == 1 else Several)(c)
    try:
        t = Trainer(accelerator="cpu", devices=1, logger=rows, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
                    default_root_dir="none", **c["flags"])
        val = [batches(v) for v in c["val"]]
        t.fit(model, batches(c["train"]), val[0] if len(val) == 1 else val)
        maps = {n: {k: number(v) for k, v in sorted(getattr(t, n).items())} for n in ("callback_metrics", "logged_metrics", "progress_bar_metrics")}
        kept = list(rows.rows)
        results = t.validate(model, val[0] if len(val) == 1 else val, verbose=False)
    except Exception as e:
        return {"error": type(e).__name__}
    return {"rows": kept, **maps, "validate": [{k: number(v) for k, v in sorted(x.items())} for x in results]}


def main(n):
    r = random.Random(22)
    torch.manual_seed(0)
    for _ in range(n):
        c = settings(r)
        print(json.dumps({**c, **run(c)}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 130)
