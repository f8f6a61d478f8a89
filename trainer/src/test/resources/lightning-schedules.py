"""Writes lightning-schedules.jsonl: random schedulers, also those that follow a metric, and when PyTorch Lightning steps them.

Needs torch and lightning; usage: python lightning-schedules.py > lightning-schedules.jsonl
"""
import json
import logging
import random
import sys
import warnings

import torch
from lightning.pytorch import LightningModule, Trainer
from torch.utils.data import DataLoader

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


def data(n):
    return DataLoader([torch.ones(2) for _ in range(n)], batch_size=1)


class Model(LightningModule):
    def __init__(self, c, events):
        super().__init__()
        self.c, self.events, self.seen, self.runs = c, events, 0, 0
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch, batch_idx):
        self.events.append(f"b{batch_idx}")
        self.log("loss", float(self.c["values"][self.seen % 12]), on_step=True, on_epoch=self.c["both"])
        self.seen += 1
        return self.layer(batch).mean()

    def validation_step(self, batch, batch_idx):
        self.log("val", float(self.c["values"][self.runs % 12]), batch_size=1)

    def on_validation_epoch_end(self):
        self.runs += 1
        self.events.append("V")

    def lr_scheduler_step(self, scheduler, metric):
        super().lr_scheduler_step(scheduler, metric)
        lr = scheduler.optimizer.param_groups[0]["lr"]
        self.events.append("s" + ("" if metric is None else f"({float(metric)!r})") + f"={lr!r}")

    def on_train_epoch_end(self):
        self.events.append("e")

    def train_dataloader(self):
        return data(self.c["train"])

    def val_dataloader(self):
        return data(1)

    def configure_optimizers(self):
        o = torch.optim.SGD(self.parameters(), lr=1.0)
        kinds = {"step": lambda: torch.optim.lr_scheduler.StepLR(o, 2, 0.5), "exponential": lambda: torch.optim.lr_scheduler.ExponentialLR(o, 0.9),
                 "plateau": lambda: torch.optim.lr_scheduler.ReduceLROnPlateau(o, factor=0.5, patience=self.c["patience"])}
        all = []
        for s in self.c["schedulers"]:
            one = {"scheduler": kinds[s["kind"]](), "interval": s["interval"], "frequency": s["frequency"]}
            if "monitor" in s:
                one |= {"monitor": s["monitor"], "strict": s["strict"]}
            all.append(one)
        return [o], all


def settings(r):
    c = {"train": r.randint(1, 5), "values": [r.randint(1, 9) for _ in range(12)], "both": r.random() < 0.5, "patience": r.randint(0, 1), "schedulers": []}
    f = {"max_epochs": r.randint(1, 4), "num_sanity_val_steps": 0}
    if r.random() < 0.25:
        f["max_steps"] = r.randint(1, 9)
    if r.random() < 0.3:
        f["accumulate_grad_batches"] = r.randint(2, 3)
    if r.random() < 0.3:
        f["check_val_every_n_epoch"] = 2
    if r.random() < 0.25:
        f["val_check_interval"] = 0.5
    if r.random() < 0.15:
        f["limit_val_batches"] = 0
    c["flags"] = f
    for _ in range(r.choice([1, 1, 1, 2])):
        s = {"kind": r.choice(["step", "exponential", "plateau", "plateau", "plateau"]), "interval": r.choice(["epoch", "epoch", "step"]), "frequency": r.choice([1, 1, 2, 3])}
        if s["kind"] == "plateau":
            s |= {"monitor": r.choice(["val", "val", "loss", "loss", "giraffe"]), "strict": r.random() < 0.6}
        c["schedulers"].append(s)
    return c


def run(c):
    events = []
    try:
        t = Trainer(accelerator="cpu", devices=1, logger=False, enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
                    default_root_dir="none", **c["flags"])
        t.fit(Model(c, events))
    except Exception as e:
        return {"error": type(e).__name__, "events": " ".join(events)}
    return {"events": " ".join(events), "step": t.global_step}


def main(n):
    r = random.Random(23)
    torch.manual_seed(0)
    for _ in range(n):
        c = settings(r)
        print(json.dumps({**c, **run(c)}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 120)
