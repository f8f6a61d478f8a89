package dev.levin.device.cuda.libraries;

/** The libraries of one device. */
public interface DeviceLibraries extends AutoCloseable {
    /** Operands a, b and, if the spec has one, bias. Null if there is no such product. */
    LibraryCall matmul(MatmulSpec spec);

    /** Operands as those of the op. Null if there is no such convolution. */
    LibraryCall convolution(ConvolutionSpec spec);

    /** Whether 16-bit convolutions are faster with the channels last, as tensor cores read them. */
    boolean prefersChannelsLast();

    /** A new group's id, for one rank to hand to all. */
    byte[] newGroup();

    /** This device as one rank of a group; returns when all ranks are there. */
    Collectives group(byte[] id, int rank, int size);

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
        public byte[] newGroup() {
            throw new UnsupportedOperationException("this device has no library for groups");
        }

        @Override
        public Collectives group(byte[] id, int rank, int size) {
            throw new UnsupportedOperationException("this device has no library for groups");
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
