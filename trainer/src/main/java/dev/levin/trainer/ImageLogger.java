package dev.levin.trainer;

import java.awt.image.BufferedImage;

/** A logger that shows pictures; ask for it by {@link Logger#experiment(Class)}. */
public interface ImageLogger {
    void logImage(String tag, BufferedImage image, long step);
}
