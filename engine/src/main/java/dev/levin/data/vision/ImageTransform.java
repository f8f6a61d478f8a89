package dev.levin.data.vision;

import java.util.List;
import java.util.random.RandomGenerator;

/** Makes an image of another. What is random comes from the generator, so that a loader's results can be repeated. */
@FunctionalInterface
public interface ImageTransform {
    Image apply(Image image, RandomGenerator random);

    /** This one, then the next. */
    default ImageTransform then(ImageTransform next) {
        return (image, random) -> next.apply(apply(image, random), random);
    }

    /** All in order. */
    static ImageTransform compose(ImageTransform... steps) {
        List<ImageTransform> all = List.of(steps);
        return (image, random) -> {
            Image result = image;
            for (ImageTransform t : all) {
                result = t.apply(result, random);
            }
            return result;
        };
    }

    /** The image as it is. */
    static ImageTransform identity() {
        return (image, random) -> image;
    }

    /** With a probability, else the image as it is. */
    static ImageTransform randomApply(double probability, ImageTransform step) {
        Transforms.checkProbability(probability);
        return (image, random) -> random.nextDouble() < probability ? step.apply(image, random) : image;
    }

    /** One of several, all equally likely. */
    static ImageTransform randomChoice(ImageTransform... choices) {
        List<ImageTransform> all = List.of(choices);
        if (all.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to choose from");
        }
        return (image, random) -> all.get(random.nextInt(all.size())).apply(image, random);
    }

    /** All in a random order. */
    static ImageTransform randomOrder(ImageTransform... steps) {
        List<ImageTransform> all = List.of(steps);
        return (image, random) -> {
            Image result = image;
            for (int i : Transforms.permutation(all.size(), random)) {
                result = all.get(i).apply(result, random);
            }
            return result;
        };
    }
}
