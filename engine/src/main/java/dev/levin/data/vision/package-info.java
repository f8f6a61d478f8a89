/**
 * Images: reading, transforming and normalising them, and the data sets made of them.
 *
 * <p>An {@link dev.levin.data.vision.Image} is an array of bytes; an {@link dev.levin.data.vision.ImageTransform} makes one of
 * another and draws what is random from the generator it is given, which loaders make for each sample. Arithmetic is that of
 * Pillow, on which torchvision's transforms of images rest: results agree byte for byte.
 */
package dev.levin.data.vision;
