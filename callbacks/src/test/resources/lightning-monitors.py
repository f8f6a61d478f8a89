"""Writes lightning-monitors.jsonl: random settings of ModelCheckpoint and EarlyStopping, and what PyTorch Lightning does with them.

Left out are settings where Levin differs on purpose: monitors that look at an old value again, an interval of one batch taken
for one epoch because 1 == 1.0, epochs without any validation under check_val_every_n_epoch, and a negative min_delta.

Needs torch and lightning; usage: python lightning-monitors.py > lightning-monitors.jsonl
"""
import json
import logging
import os
import random
import sys
import tempfile
import warnings

import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from torch.utils.data import DataLoader

warnings.filterwarnings("ignore")
logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)


class Model(LightningModule):
    def __init__(self, c):
        super().__init__()
        self.c, self.runs = c, 0
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch, batch_idx):
        self.log("loss", float(self.c["steps"][self.global_step % len(self.c["steps"])]))
        return self.layer(batch).mean()

    def validation_step(self, batch, batch_idx):
        pass

    def on_validation_epoch_end(self):
        self.log("val", float(self.c["values"][self.runs % len(self.c["values"])]))
        self.runs += 1

    def train_dataloader(self):
        return DataLoader(torch.ones(self.c["train"], 2), batch_size=1)

    def val_dataloader(self):
        return DataLoader(torch.ones(1, 2), batch_size=1)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.1)


def value(r):
    return r.choice([0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9]) if r.random() < 0.95 else float("nan")


def settings(r):
    c = {"train": r.randint(2, 6), "values": [value(r) for _ in range(12)], "steps": [value(r) for _ in range(24)]}
    f = {"max_epochs": r.randint(2, 6), "num_sanity_val_steps": 0}
    if r.random() < 0.3:
        f["check_val_every_n_epoch"] = r.choice([2, 3])
    if r.random() < 0.3:
        f["val_check_interval"] = r.choice([2, 2, 0.5])
    if r.random() < 0.2:
        f["accumulate_grad_batches"] = 2
    if r.random() < 0.2:
        f["limit_val_batches"] = 0
        f.pop("check_val_every_n_epoch", None)
    c["flags"] = f
    validates = f.get("limit_val_batches") != 0
    if r.random() < 0.7:
        s = {"save_top_k": r.choice([1, 1, 2, 3, -1, 0])}
        if r.random() < 0.75:
            s["monitor"] = r.choice(["val", "val", "loss"]) if validates else "loss"
            s["mode"] = r.choice(["min", "max"])
        elif s["save_top_k"] > 1:
            s["save_top_k"] = 1
        if r.random() < 0.4:
            s["save_last"] = True
        k = r.random()
        if k < 0.3:
            s["every_n_epochs"] = r.choice([1, 2, 3])
        elif k < 0.5 and s.get("monitor") != "val":
            s["every_n_train_steps"] = r.choice([1, 2, 3, 4])
        if r.random() < 0.25 and not {"check_val_every_n_epoch", "val_check_interval"} & set(f):
            s["save_on_train_epoch_end"] = r.random() < 0.5
        c["checkpoint"] = s
    else:
        s = {"monitor": r.choice(["val", "val", "loss"]) if validates else "loss", "mode": r.choice(["min", "max"]), "patience": r.randint(0, 3)}
        if r.random() < 0.3:
            s["min_delta"] = r.choice([0.5, 1.0])
        if r.random() < 0.25:
            s["check_finite"] = False
        if r.random() < 0.2:
            s["stopping_threshold"] = r.choice([0.7, 8.5, 2.5])
        if r.random() < 0.2:
            s["divergence_threshold"] = r.choice([0.7, 8.5, 6.5])
        if r.random() < 0.25 and not {"check_val_every_n_epoch", "val_check_interval"} & set(f):
            s["check_on_train_epoch_end"] = r.random() < 0.5
        if r.random() < 0.25:
            f["min_epochs"] = r.randint(1, 4)
        f["max_epochs"] = 9
        c["stopping"] = s
    return c


def run(c):
    with tempfile.TemporaryDirectory() as root:
        if "checkpoint" in c:
            callback = ModelCheckpoint(dirpath=root, **c["checkpoint"])
        else:
            callback = EarlyStopping(**c["stopping"])
        try:
            t = Trainer(accelerator="cpu", devices=1, logger=False, enable_checkpointing="checkpoint" in c, enable_progress_bar=False,
                        enable_model_summary=False, default_root_dir=root, callbacks=[callback], log_every_n_steps=1, **c["flags"])
            t.fit(Model(c))
        except Exception as e:
            return {"error": type(e).__name__}
        out = {"step": t.global_step, "epoch": t.current_epoch}
        if "checkpoint" in c:
            def number(v):
                return None if v is None else float(v)
            out |= {"files": sorted(f for f in os.listdir(root) if f.endswith(".ckpt")), "best": os.path.basename(callback.best_model_path or ""),
                    "score": number(callback.best_model_score), "last": os.path.basename(callback.last_model_path or "")}
        else:
            out |= {"stopped": callback.stopped_epoch, "wait": callback.wait_count, "best": float(callback.best_score), "reason": callback.stopping_reason.value}
        return out


def main(n):
    r = random.Random(21)
    torch.manual_seed(0)
    for _ in range(n):
        c = settings(r)
        print(json.dumps({**c, **run(c)}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 80)
