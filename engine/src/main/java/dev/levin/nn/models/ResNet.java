package dev.levin.nn.models;

import dev.levin.nn.AdaptiveAvgPool2d;
import dev.levin.nn.BatchNorm2d;
import dev.levin.nn.Conv2d;
import dev.levin.nn.ConvOptions;
import dev.levin.nn.Flatten;
import dev.levin.nn.Identity;
import dev.levin.nn.Init;
import dev.levin.nn.Layer;
import dev.levin.nn.Linear;
import dev.levin.nn.MaxPool2d;
import dev.levin.nn.ReLU;
import dev.levin.nn.Sequential;
import dev.levin.tensor.Tensor;

/**
 * Residual networks of basic blocks (He et al. 2015): images [N, 3, H, W] to logits [N, numClasses].
 *
 * <p>Keys are torchvision's: {@code conv1.weight}, {@code layer2.0.downsample.0.weight}, {@code fc.bias}.
 */
public final class ResNet extends Layer {
    /** How images come in. */
    public enum Stem {
        /** A convolution of 7 x 7 with stride 2 and a pool with stride 2, for images of about 224 x 224. */
        IMAGENET,
        /** A convolution of 3 x 3 with stride 1 and no pool, for images of about 32 x 32. */
        CIFAR
    }

    final Conv2d conv1;
    final BatchNorm2d bn1;
    final ReLU relu = new ReLU();
    final Layer maxpool;
    final Sequential layer1;
    final Sequential layer2;
    final Sequential layer3;
    final Sequential layer4;
    final AdaptiveAvgPool2d avgpool = new AdaptiveAvgPool2d(1);
    final Flatten flatten = new Flatten();
    final Linear fc;

    /**
     * @param blocks number of blocks in each of the four layers
     * @param width channels of the first layer; each further one has twice as many
     */
    public ResNet(int[] blocks, int numClasses, int inChannels, int width, Stem stem) {
        if (blocks.length != 4) {
            throw new IllegalArgumentException("a ResNet has four layers of blocks, not " + blocks.length + "; give one number of blocks for each");
        }
        boolean large = stem == Stem.IMAGENET;
        conv1 = new Conv2d(inChannels, width, large ? 7 : 3, ConvOptions.stride(large ? 2 : 1).padding(large ? 3 : 1).bias(false));
        bn1 = new BatchNorm2d(width);
        maxpool = large ? new MaxPool2d(3, 2, 1) : new Identity();
        layer1 = layer(width, width, blocks[0], 1);
        layer2 = layer(width, 2 * width, blocks[1], 2);
        layer3 = layer(2 * width, 4 * width, blocks[2], 2);
        layer4 = layer(4 * width, 8 * width, blocks[3], 2);
        fc = new Linear(8 * width, numClasses);
        apply(m -> {
            if (m instanceof Conv2d c) {
                Init.kaimingNormal(Init.Fan.OUT, Init.Gain.RELU).fill(c.weight);
            }
        });
    }

    /** 11.7 million parameters with 1000 classes. */
    public static ResNet resnet18(int numClasses) {
        return resnet18(numClasses, Stem.IMAGENET);
    }

    public static ResNet resnet18(int numClasses, Stem stem) {
        return new ResNet(new int[] {2, 2, 2, 2}, numClasses, 3, 64, stem);
    }

    /** 21.8 million parameters with 1000 classes. */
    public static ResNet resnet34(int numClasses) {
        return resnet34(numClasses, Stem.IMAGENET);
    }

    public static ResNet resnet34(int numClasses, Stem stem) {
        return new ResNet(new int[] {3, 4, 6, 3}, numClasses, 3, 64, stem);
    }

    private static Sequential layer(int in, int out, int blocks, int stride) {
        Sequential s = new Sequential(new BasicBlock(in, out, stride));
        for (int i = 1; i < blocks; i++) {
            s.append(new BasicBlock(out, out, 1));
        }
        return s;
    }

    @Override
    public Tensor forward(Tensor images) {
        Tensor x = maxpool.call(relu.call(bn1.call(conv1.call(images))));
        x = layer4.call(layer3.call(layer2.call(layer1.call(x))));
        return fc.call(flatten.call(avgpool.call(x)));
    }

    /** Two convolutions of 3 x 3 beside a shortcut, which is convolved where extents or channels change. */
    static final class BasicBlock extends Layer {
        final Conv2d conv1;
        final BatchNorm2d bn1;
        final ReLU relu = new ReLU();
        final Conv2d conv2;
        final BatchNorm2d bn2;
        final Sequential downsample;

        BasicBlock(int in, int out, int stride) {
            conv1 = new Conv2d(in, out, 3, ConvOptions.stride(stride).padding(1).bias(false));
            bn1 = new BatchNorm2d(out);
            conv2 = new Conv2d(out, out, 3, ConvOptions.padded(1).bias(false));
            bn2 = new BatchNorm2d(out);
            downsample = stride == 1 && in == out ? null
                    : new Sequential(new Conv2d(in, out, 1, ConvOptions.stride(stride).bias(false)), new BatchNorm2d(out));
        }

        @Override
        public Tensor forward(Tensor x) {
            Tensor shortcut = downsample == null ? x : downsample.call(x);
            Tensor y = relu.call(bn1.call(conv1.call(x)));
            return relu.call(bn2.call(conv2.call(y)).add(shortcut));
        }
    }
}
