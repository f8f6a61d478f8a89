/**
 * Whole networks, under the names that torchvision gives their parts: a state dict that PyTorch saved loads as it is.
 *
 * {@snippet :
 * var net = ResNet.resnet18(1000);
 * net.loadStateDict(Torch.stateDict(Path.of("resnet18.pt")));
 * }
 *
 * <p>No weights come with them. Each class says the layout of its input.
 */
package dev.levin.nn.models;
