package dev.levin.device.cuda.libraries;

/** The libraries of one device. */
public interface DeviceLibraries extends AutoCloseable {
    /** Operands a, b and, if the spec has one, bias. Null if there is no such product. */
    LibraryCall matmul(MatmulSpec spec);

    /** Operands as those of the op. Null if there is no such convolution. */
    LibraryCall convolution(ConvolutionSpec spec);

    /** Whether 16-bit convolutions are faster with the channels last, as tensor cores read them. */
    boolean prefersChannelsLast();

    /** Names and versions; part of what cached choices depend on. */
    String versions();

    @Override
    void close();

    /** No libraries: everything runs on Levin's own kernels. */
    DeviceLibraries NONE = new DeviceLibraries() {
        @Override
        public LibraryCall matmul(MatmulSpec spec) {
            return null;
        }

        @Override
        public LibraryCall convolution(ConvolutionSpec spec) {
            return null;
        }

        @Override
        public boolean prefersChannelsLast() {
            return false;
        }

        @Override
        public String versions() {
            return "none";
        }

        @Override
        public void close() {
            // nothing is held
        }
    };
}
