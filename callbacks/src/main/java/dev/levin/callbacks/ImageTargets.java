package dev.levin.callbacks;

import dev.levin.trainer.Callback;
import dev.levin.trainer.ImageLogger;
import dev.levin.trainer.MisconfigurationException;
import dev.levin.trainer.Trainer;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;

/** The loggers of a run that show pictures. */
final class ImageTargets {
    private final List<ImageLogger> targets;

    ImageTargets(Trainer trainer, Callback owner) {
        targets = trainer.loggers().stream().map(l -> l.experiment(ImageLogger.class)).flatMap(Optional::stream).toList();
        if (targets.isEmpty() && trainer.fastDevRun() == 0) {
            throw new MisconfigurationException(owner.getClass().getSimpleName() + " needs a logger that shows pictures, such as TensorBoardLogger; there are "
                    + trainer.loggers().stream().map(l -> l.getClass().getSimpleName()).toList());
        }
    }

    void send(String tag, BufferedImage image, long step) {
        targets.forEach(t -> t.logImage(tag, image, step));
    }
}
