"""Writes lightning-traces.jsonl: random settings of a Trainer, and what PyTorch Lightning does with them.

Needs torch and lightning; usage: python lightning-traces.py > lightning-traces.jsonl
"""
import json
import logging
import random
import sys
import warnings

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.loggers.logger import Logger
from torch.utils.data import DataLoader, IterableDataset

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Unsized(IterableDataset):
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return iter([torch.ones(4) for _ in range(self.n)])


def data(n, sized=True):
    return DataLoader([torch.ones(4) for _ in range(n)] if sized else Unsized(n), batch_size=1)


class Rows(Logger):
    def __init__(self):
        super().__init__()
        self.rows = []

    name = property(lambda self: "rows")
    version = property(lambda self: 0)

    def log_hyperparams(self, *args, **kwargs):
        pass

    def log_metrics(self, metrics, step):
        keys = ",".join(sorted(k for k in metrics if k != "epoch"))
        self.rows.append(f"{step}:{keys}" + (f"@{int(metrics['epoch'])}" if "epoch" in metrics else ""))


class Model(LightningModule):
    def __init__(self, c, events):
        super().__init__()
        self.c, self.events, self.seen = c, events, 0
        self.layer = torch.nn.Linear(4, 1)

    def training_step(self, batch, batch_idx):
        self.events.append(f"b{batch_idx}")
        loss = self.layer(batch).mean()
        log = self.c["log"]
        if log[0] or log[1]:
            self.log("t", loss, on_step=log[0], on_epoch=log[1])
        if self.c["stop"] is not None and self.seen == self.c["stop"]:
            self.trainer.should_stop = True
        self.seen += 1
        return loss

    def validation_step(self, batch, batch_idx):
        self.events.append("v")
        log = self.c["log"]
        if log[2] or log[3]:
            self.log("v", 1.0, on_step=log[2], on_epoch=log[3], batch_size=1)

    def optimizer_step(self, *args, **kwargs):
        self.events.append("o")
        super().optimizer_step(*args, **kwargs)

    def lr_scheduler_step(self, scheduler, metric):
        self.events.append("s")
        super().lr_scheduler_step(scheduler, metric)

    def on_train_epoch_start(self):
        self.events.append(f"E{self.current_epoch}")

    def on_train_epoch_end(self):
        self.events.append("e")

    def on_validation_start(self):
        self.events.append("S" if self.trainer.sanity_checking else "V")

    def train_dataloader(self):
        self.events.append("T")
        return data(self.c["train"], not self.c["unsized"])

    def val_dataloader(self):
        self.events.append("W")
        return data(self.c["val"])

    def configure_optimizers(self):
        o = torch.optim.SGD(self.parameters(), lr=0.1)
        s = self.c["schedule"]
        if s is None:
            return o
        return {"optimizer": o, "lr_scheduler": {"scheduler": torch.optim.lr_scheduler.StepLR(o, 1), "interval": s[0], "frequency": s[1]}}


FLAGS = ["max_epochs", "min_epochs", "max_steps", "min_steps", "limit_train_batches", "limit_val_batches", "overfit_batches", "val_check_interval",
         "check_val_every_n_epoch", "num_sanity_val_steps", "log_every_n_steps", "accumulate_grad_batches", "reload_dataloaders_every_n_epochs",
         "fast_dev_run"]


def settings(r):
    c = {"train": r.randint(1, 8), "val": r.randint(1, 4), "unsized": r.random() < 0.25,
         "stop": r.randint(0, 12) if r.random() < 0.2 else None,
         "log": [r.random() < 0.7, r.random() < 0.5, r.random() < 0.4, r.random() < 0.7],
         "schedule": r.choice([None, None, ["epoch", 1], ["epoch", 2], ["step", 1], ["step", 2], ["step", 3]])}
    f = {"max_epochs": r.choice([1, 2, 3, 4]), "num_sanity_val_steps": r.choice([0, 0, 1, 2, -1]), "log_every_n_steps": r.choice([1, 1, 2, 3, 5])}
    if r.random() < 0.35:
        f["max_steps"] = r.randint(1, 14)
        if r.random() < 0.5:
            f["max_epochs"] = r.choice([-1, None])
    if r.random() < 0.3:
        f["accumulate_grad_batches"] = r.randint(2, 5)
    if r.random() < 0.25:
        f["limit_train_batches"] = r.choice([1, 2, 3, 5, 0.5, 0.9, 1.0])
    if r.random() < 0.25:
        f["limit_val_batches"] = r.choice([0, 1, 2, 0.5, 1.0, 0.0])
    if r.random() < 0.45:
        f["val_check_interval"] = r.choice([1, 2, 3, 4, 0.25, 0.34, 0.5, 0.75, 1.0])
    if r.random() < 0.3:
        f["check_val_every_n_epoch"] = r.choice([1, 2, 3, None])
    if c["stop"] is not None and r.random() < 0.6:
        f["min_epochs"] = r.randint(1, 3)
    if c["stop"] is not None and r.random() < 0.4:
        f["min_steps"] = r.randint(1, 9)
    if r.random() < 0.08:
        f["overfit_batches"] = r.choice([1, 2, 0.5])
    if r.random() < 0.12:
        f["reload_dataloaders_every_n_epochs"] = r.choice([1, 2])
    if r.random() < 0.06:
        f["fast_dev_run"] = r.choice([1, 2, 3])
    c["flags"] = f
    return c


def run(c):
    events, rows = [], Rows()
    model = Model(c, events)
    try:
        t = Trainer(accelerator="cpu", devices=1, logger=rows, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
                    default_root_dir="none", **{k: v for k, v in c["flags"].items()})
        t.fit(model)
    except Exception as e:
        return {"error": type(e).__name__}
    return {"events": " ".join(events), "rows": rows.rows, "step": t.global_step, "epoch": t.current_epoch}


def main(n):
    r = random.Random(20)
    torch.manual_seed(0)
    for _ in range(n):
        c = settings(r)
        out = run(c)
        print(json.dumps({**c, **out}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 270)
